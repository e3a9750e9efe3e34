//! Text as stored: bounded the same way on every database, and compared without case.

use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr, SimpleExpr};
use sea_orm::{ColumnTrait, IntoSimpleExpr as _};

use super::StoreError;

/// Escapes `%` and `_` in patterns; a backslash would mean different things to the databases.
const ESCAPE: char = '!';

/// `text` without blanks around it; refused when empty or longer than `most` characters.
pub(super) fn required(text: &str, most: usize, what: &'static str) -> Result<String, StoreError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        return Err(StoreError::Conflict { what });
    }
    Ok(text.to_owned())
}

/// As [`required`], but may be empty.
pub(super) fn optional(text: &str, most: usize, what: &'static str) -> Result<String, StoreError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    required(text, most, what)
}

/// Text from a hostile side: cut to `most` characters, never refused.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

/// How a name is compared and sorted.
pub(super) fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What a search looks through.
pub(super) fn searchable(parts: &[&str]) -> String {
    key(&parts.join("\n"))
}

/// `column` contains `search`, without case. The column holds [`searchable`] text.
pub(super) fn contains(column: impl ColumnTrait, search: &str) -> SimpleExpr {
    let mut pattern = String::from("%");
    for c in key(&cut(search, 256)).chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    let column: Expr = column.into_simple_expr();
    column.like(LikeExpr::new(pattern).escape(ESCAPE))
}
