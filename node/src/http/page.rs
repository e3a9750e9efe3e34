//! Lists as the API gives them: `?limit&cursor` → items and where to go on.

use schema::store::{Page, Paged};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page when the request does not say.
const USUAL: u32 = 50;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items, 1 to 200; 50 when absent.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The store's page.
    pub fn page(&self) -> Page {
        Page {
            cursor: self.cursor.clone().filter(|cursor| !cursor.is_empty()),
            limit: self.limit.unwrap_or(USUAL),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Cursor of the next page; null on the last.
    pub next: Option<String>,
}

impl<T> List<T> {
    /// Everything there is.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// A page of the store, each item converted.
    pub fn of<S>(paged: Paged<S>, convert: impl FnMut(S) -> T) -> Self {
        Self {
            items: paged.items.into_iter().map(convert).collect(),
            next: paged.next,
        }
    }
}
