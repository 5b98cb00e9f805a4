//! Colours, which `anstream` leaves out where no terminal wants them.

use std::fmt;

use anstyle::{AnsiColor, Style};

#[derive(Clone, Copy)]
pub(crate) enum Paint {
    Good,
    Bad,
    Warning,
    Label,
}

impl Paint {
    pub(crate) fn on<T: fmt::Display>(self, text: T) -> Painted<T> {
        Painted { style: self.style(), text }
    }

    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Label => AnsiColor::Cyan.on_default(),
        }
    }
}

pub(crate) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = self.style;
        write!(f, "{style}{}{style:#}", self.text)
    }
}
