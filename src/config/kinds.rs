//! [`kinds!`]: an enum of problems, each with its stable id.

/// Defines the enum, the list of all its values and their ids, so that none of the three can be
/// forgotten.
macro_rules! kinds {
    (
        $(#[$about:meta])*
        pub enum $name:ident { $($(#[$meaning:meta])* $kind:ident = $id:literal,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$meaning])* #[doc = concat!("Its id is `", $id, "`.")] $kind,)*
        }

        impl $name {
            /// Lists every kind.
            ///
            /// ```
            /// # use tower_cors::*;
            #[doc = concat!("let kinds = ", stringify!($name), "::ALL;")]
            /// assert!(!kinds.is_empty());
            /// ```
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// Returns the stable name of this kind, in kebab case.
            ///
            /// ```
            /// # use tower_cors::*;
            #[doc = concat!("let kind = ", stringify!($name), "::ALL[0];")]
            /// assert_eq!(kind.id(), kind.id().to_lowercase());
            /// ```
            pub fn id(self) -> &'static str {
                match self { $(Self::$kind => $id),* }
            }
        }
    };
}

pub(crate) use kinds;
