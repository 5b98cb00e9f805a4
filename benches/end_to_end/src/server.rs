//! What runs in the child processes, on one thread: an axum app, or the upstream of the proxies.

use std::io;
use std::net::Ipv4Addr;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use crate::contender::Serving;

/// What the upstream answers, less than which no server can do.
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello";

/// Serves the app until the process is killed.
pub(crate) fn serve(app: Router, serving: Serving) -> io::Result<()> {
    listening(async |listener| match serving {
        Serving::App => axum::serve(listener, app).await,
        Serving::MakeService => axum::serve(listener, app.into_make_service()).await,
    })
}

/// Answers every request alike; it reads no more of one than where it ends.
pub(crate) fn upstream() -> io::Result<()> {
    listening(async |listener| {
        loop {
            let (stream, _) = listener.accept().await?;
            // A client that goes away is no event for anybody.
            tokio::spawn(async move { answer(stream).await.unwrap_or_default() });
        }
    })
}

fn listening(run: impl AsyncFnOnce(TcpListener) -> io::Result<()>) -> io::Result<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        run(listener).await
    })
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 8192];
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        filled += count;
        // The proxies send one request without a body at a time.
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            stream.write_all(ANSWER).await?;
            filled = 0;
        } else if count == 0 {
            return Ok(());
        }
    }
}
