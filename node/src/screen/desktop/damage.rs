//! Which pixels a viewer does not have yet: one box per tile, so that a full screen costs as little
//! to remember as a cursor.

use shared::desktop::{DesktopSize, Rect};

use super::framebuffer::TILE;

/// A box within a tile; ends are exclusive. Empty when `x1` is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    x0: u8,
    y0: u8,
    x1: u8,
    y1: u8,
}

/// Damaged pixels, by tiles.
#[derive(Clone, Debug)]
pub(super) struct Damage {
    size: DesktopSize,
    columns: usize,
    tiles: Vec<Span>,
    dirty: usize,
}

impl Damage {
    /// No damage on a desktop of this size.
    pub(super) fn none(size: DesktopSize) -> Self {
        let tiles_of = |side: u16| usize::from(side.div_ceil(TILE));
        let columns = tiles_of(size.width());
        Self {
            size,
            columns,
            tiles: vec![Span::default(); columns * tiles_of(size.height())],
            dirty: 0,
        }
    }

    pub(super) const fn size(&self) -> DesktopSize {
        self.size
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.dirty == 0
    }

    /// Adds a rectangle; what is not on the desktop is ignored.
    pub(super) fn add(&mut self, rect: Rect) {
        let right = rect.right().min(u32::from(self.size.width()));
        let bottom = rect.bottom().min(u32::from(self.size.height()));
        let tile = u32::from(TILE);
        let (mut y, left) = (u32::from(rect.y), u32::from(rect.x));
        while y < bottom {
            let y_end = (y / tile * tile + tile).min(bottom);
            let mut x = left;
            while x < right {
                let x_end = (x / tile * tile + tile).min(right);
                self.join((x, y), (x_end, y_end));
                x = x_end;
            }
            y = y_end;
        }
    }

    /// Adds a box that lies within one tile.
    fn join(&mut self, (x, y): (u32, u32), (x_end, y_end): (u32, u32)) {
        let tile = u32::from(TILE);
        let (column, line) = (x / tile, y / tile);
        let index = usize::try_from(line)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.columns)
            + usize::try_from(column).unwrap_or(0);
        let Some(span) = self.tiles.get_mut(index) else {
            return;
        };
        let within = |at: u32, origin: u32| u8::try_from(at - origin * tile).unwrap_or(u8::MAX);
        let (x0, x1) = (within(x, column), within(x_end, column));
        let (y0, y1) = (within(y, line), within(y_end, line));
        if span.x1 == 0 {
            self.dirty += 1;
            *span = Span { x0, y0, x1, y1 };
        } else {
            *span = Span {
                x0: span.x0.min(x0),
                y0: span.y0.min(y0),
                x1: span.x1.max(x1),
                y1: span.y1.max(y1),
            };
        }
    }

    /// The box of every damaged tile, row by row.
    pub(super) fn boxes(&self) -> impl Iterator<Item = Rect> {
        let columns = self.columns.max(1);
        let place = |index: usize| u16::try_from(index).unwrap_or(0) * TILE;
        let damaged = self
            .tiles
            .iter()
            .enumerate()
            .filter(|(_, span)| span.x1 != 0);
        damaged.map(move |(index, span)| Rect {
            x: place(index % columns) + u16::from(span.x0),
            y: place(index / columns) + u16::from(span.y0),
            width: u16::from(span.x1 - span.x0),
            height: u16::from(span.y1 - span.y0),
        })
    }

    /// The damage as few rectangles: boxes that continue each other sideways are joined, then runs
    /// that continue each other downwards.
    pub(super) fn rects(&self) -> Vec<Rect> {
        let mut runs: Vec<Rect> = Vec::new();
        for next in self.boxes() {
            match runs.last_mut() {
                Some(run)
                    if run.right() == u32::from(next.x)
                        && (run.y, run.height) == (next.y, next.height) =>
                {
                    run.width += next.width;
                }
                _ => runs.push(next),
            }
        }
        let mut joined: Vec<Rect> = Vec::new();
        for next in runs {
            let above = joined.iter_mut().rev().take(self.columns).find(|rect| {
                rect.bottom() == u32::from(next.y) && (rect.x, rect.width) == (next.x, next.width)
            });
            match above {
                Some(rect) => rect.height += next.height,
                None => joined.push(next),
            }
        }
        joined
    }

    /// Takes damage out, tile by tile from the top, until it has this many pixels.
    pub(super) fn take(&mut self, most: usize) -> Self {
        let mut taken = Self::none(self.size);
        let mut pixels = 0;
        for (from, to) in self.tiles.iter_mut().zip(&mut taken.tiles) {
            if pixels >= most || self.dirty == 0 {
                break;
            }
            if from.x1 != 0 {
                pixels += usize::from(from.x1 - from.x0) * usize::from(from.y1 - from.y0);
                *to = std::mem::take(from);
                self.dirty -= 1;
                taken.dirty += 1;
            }
        }
        taken
    }

    /// Forgets the damage of a tile that lies wholly within a box of that tile.
    pub(super) fn heal(&mut self, healed: Rect) {
        if self.dirty == 0 {
            return;
        }
        let (column, line) = (usize::from(healed.x / TILE), usize::from(healed.y / TILE));
        let Some(span) = self.tiles.get_mut(line * self.columns + column) else {
            return;
        };
        let within = |side: u16| u32::from(side % TILE);
        let covers = span.x1 != 0
            && within(healed.x) <= u32::from(span.x0)
            && within(healed.y) <= u32::from(span.y0)
            && within(healed.x) + u32::from(healed.width) >= u32::from(span.x1)
            && within(healed.y) + u32::from(healed.height) >= u32::from(span.y1);
        if covers {
            *span = Span::default();
            self.dirty -= 1;
        }
    }

    /// What pixels moved from `source` to elsewhere take with them: damage within the source is
    /// damage at the destination.
    pub(super) fn follow(&mut self, source: Rect, to: Rect) {
        let moved: Vec<Rect> = self
            .boxes()
            .filter_map(|damaged| intersection(damaged, source))
            .map(|part| Rect {
                x: part.x - source.x + to.x,
                y: part.y - source.y + to.y,
                ..part
            })
            .collect();
        for rect in moved {
            self.add(rect);
        }
    }
}

/// The pixels of both.
pub(super) fn intersection(one: Rect, two: Rect) -> Option<Rect> {
    let (x, y) = (one.x.max(two.x), one.y.max(two.y));
    let side = |end: u32, start: u16| u16::try_from(end.checked_sub(u32::from(start))?).ok();
    let width = side(one.right().min(two.right()), x)?;
    let height = side(one.bottom().min(two.bottom()), y)?;
    let rect = Rect {
        x,
        y,
        width,
        height,
    };
    (!rect.is_empty()).then_some(rect)
}
