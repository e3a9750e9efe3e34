//! Pages: a list is walked by the key of its last row, never by counting rows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::StoreError;

/// Longest cursor we take, in bytes; ours stay below half of it.
const LONGEST_CURSOR: usize = 4096;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// [`Paged::next`] of the page before; none for the first.
    pub cursor: Option<String>,
    /// Most items; clamped into 1..=200.
    pub limit: u32,
}

impl Page {
    /// The first `limit` items.
    pub const fn first(limit: u32) -> Self {
        Self {
            cursor: None,
            limit,
        }
    }

    /// One more than wanted: the extra row only tells that there is a next page.
    pub(super) fn fetch(&self) -> u64 {
        u64::from(self.limit.clamp(1, 200)) + 1
    }

    /// The key after which to go on, for a list of this kind.
    pub(super) fn after<K: DeserializeOwned>(&self, list: &str) -> Result<After<K>, StoreError> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        decode(list, cursor)
            .map(Some)
            .ok_or(StoreError::Conflict { what: "bad_cursor" })
    }
}

/// The sort key and id of the last row seen; none before the first.
pub(super) type After<K> = Option<(K, Uuid)>;

/// One page and where the next one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Cursor of the next page, opaque; none on the last.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// Builds a page of `rows`, of which there may be one too many.
    pub(super) fn build<M, K: Serialize>(
        list: &str,
        page: &Page,
        mut rows: Vec<M>,
        key: impl FnOnce(&M) -> (K, Uuid),
        convert: impl FnMut(M) -> Result<T, StoreError>,
    ) -> Result<Self, StoreError> {
        let wanted = usize::try_from(page.fetch() - 1).unwrap_or(usize::MAX);
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = rows
            .last()
            .filter(|_| has_more)
            .map(|row| encode(list, &key(row)))
            .transpose()?;
        let items = rows.into_iter().map(convert).collect::<Result<_, _>>()?;
        Ok(Self { items, next })
    }
}

fn encode<K: Serialize>(list: &str, key: &(K, Uuid)) -> Result<String, StoreError> {
    let text = serde_json::to_vec(&(list, key))
        .map_err(|_never| StoreError::Corrupt { what: "cursor" })?;
    Ok(URL_SAFE_NO_PAD.encode(text))
}

fn decode<K: DeserializeOwned>(list: &str, cursor: &str) -> Option<(K, Uuid)> {
    if cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (of, key): (String, (K, Uuid)) = serde_json::from_slice(&bytes).ok()?;
    (of == list).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: &str) -> Page {
        Page {
            cursor: Some(cursor.to_owned()),
            limit: 10,
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_key() {
        let key = ("naïve".to_owned(), Uuid::from_u128(7));
        let cursor = encode("users", &key).unwrap();
        assert_eq!(page(&cursor).after::<String>("users").unwrap(), Some(key));
    }

    #[test]
    fn a_foreign_or_hostile_cursor_is_refused() {
        let of_another_list = encode("targets", &("a", Uuid::nil())).unwrap();
        let of_another_type = encode("users", &(7, Uuid::nil())).unwrap();
        let hostile = ["", "!", "e30", "\u{1f600}", &"A".repeat(10_000)];
        for cursor in hostile
            .into_iter()
            .chain([&*of_another_list, &*of_another_type])
        {
            assert!(matches!(
                page(cursor).after::<String>("users"),
                Err(StoreError::Conflict { what: "bad_cursor" })
            ));
        }
    }

    #[test]
    fn limits_are_clamped() {
        assert_eq!(Page::first(0).fetch(), 2);
        assert_eq!(Page::first(u32::MAX).fetch(), 201);
    }
}
