//! Reading big-endian values off bytes that may end anywhere.

use bytes::{Buf as _, BytesMut};

/// Reads from the front; `None` where the bytes end too early.
#[derive(Debug)]
pub(super) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// A length: 32 bits are a `usize` on every machine we run on.
    pub(super) fn length(&mut self) -> Option<usize> {
        self.u32().map(length)
    }

    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }
}

/// A 32-bit length as memory counts it.
pub(super) fn length(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Takes what `read` reads off the front of `input`, or nothing when it ends too early.
pub(super) fn parse<T>(
    input: &mut BytesMut,
    read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
) -> Option<T> {
    let mut reader = Reader::new(input);
    let value = read(&mut reader)?;
    let used = input.len() - reader.left();
    input.advance(used);
    Some(value)
}

/// Takes a few bytes off the front of `input`, once they have all come.
pub(super) fn array<const N: usize>(input: &mut BytesMut) -> Option<[u8; N]> {
    let taken = input.first_chunk().copied()?;
    input.advance(N);
    Some(taken)
}

/// Takes a 32-bit number off the front of `input`.
pub(super) fn number(input: &mut BytesMut) -> Option<u32> {
    array(input).map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_until_everything_is_there() {
        let mut input = BytesMut::from(&[1, 0, 2, 9][..]);
        let short = parse(&mut input, |r| Some((r.u32()?, r.u8()?)));
        assert_eq!((short, input.len()), (None, 4));
        let whole = parse(&mut input, |r| Some((r.u8()?, r.u16()?)));
        assert_eq!((whole, &input[..]), (Some((1, 2)), &[9][..]));
    }
}
