//! `Edit`: what a change does to a value that may be absent.

/// Leave, remove or replace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Replace it.
    Set(T),
}

impl<T> Edit<T> {
    /// What is stored afterwards.
    pub(super) fn over<S>(self, before: Option<S>, convert: impl FnOnce(T) -> S) -> Option<S> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(convert(value)),
        }
    }
}

impl<T> From<Option<T>> for Edit<T> {
    /// The whole new value: absent means remove.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}
