//! Tower middleware that enforces CORS.
