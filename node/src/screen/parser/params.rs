//! Parameters of a control sequence, bounded as xterm.js bounds them (`Params.ts`).

/// Most parameters and most sub-parameters of one sequence.
const MAX: usize = 32;

/// Parameters and their sub-parameters (`38:2::1:2:3`).
#[derive(Clone, Debug)]
pub(in crate::screen) struct Params {
    values: [i32; MAX],
    len: usize,
    subs: [i32; MAX],
    sub_len: usize,
    /// Where the sub-parameters of each parameter start.
    sub_start: [usize; MAX],
    is_sub: bool,
    rejects: bool,
    rejects_sub: bool,
}

impl Default for Params {
    fn default() -> Self {
        let mut params = Self {
            values: [0; MAX],
            len: 0,
            subs: [0; MAX],
            sub_len: 0,
            sub_start: [0; MAX],
            is_sub: false,
            rejects: false,
            rejects_sub: false,
        };
        params.clear();
        params
    }
}

impl Params {
    /// One parameter, zero.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.sub_len = 0;
        self.is_sub = false;
        self.rejects = false;
        self.rejects_sub = false;
        self.next();
    }

    /// Starts the next parameter.
    pub(super) fn next(&mut self) {
        self.is_sub = false;
        let (Some(value), Some(start)) = (
            self.values.get_mut(self.len),
            self.sub_start.get_mut(self.len),
        ) else {
            self.rejects = true;
            return;
        };
        *value = 0;
        *start = self.sub_len;
        self.len += 1;
    }

    /// Starts a sub-parameter, absent (-1) until a digit comes.
    pub(super) fn next_sub(&mut self) {
        self.is_sub = true;
        match self.subs.get_mut(self.sub_len) {
            Some(sub) if !self.rejects => {
                *sub = -1;
                self.sub_len += 1;
            }
            _ => self.rejects_sub = true,
        }
    }

    /// Appends a digit to the current parameter; false when it changed nothing.
    pub(super) fn digit(&mut self, digit: u8) -> bool {
        if self.rejects || (self.is_sub && self.rejects_sub) {
            return false;
        }
        let slot = if self.is_sub {
            self.sub_len
                .checked_sub(1)
                .and_then(|at| self.subs.get_mut(at))
        } else {
            self.len
                .checked_sub(1)
                .and_then(|at| self.values.get_mut(at))
        };
        let Some(value) = slot else {
            return false;
        };
        let before = *value;
        let base = if before == -1 { 0 } else { before };
        *value = base.saturating_mul(10).saturating_add(i32::from(digit));
        *value != before || before == 0
    }

    /// Number of parameters, at least one.
    pub(in crate::screen) const fn len(&self) -> usize {
        self.len
    }

    /// A parameter; zero when absent.
    pub(in crate::screen) fn at(&self, index: usize) -> usize {
        usize::try_from(self.value(index)).unwrap_or(0)
    }

    /// A parameter, or one when it is absent or zero.
    pub(in crate::screen) fn count(&self, index: usize) -> usize {
        self.at(index).max(1)
    }

    /// A parameter as it is.
    pub(in crate::screen) fn value(&self, index: usize) -> i32 {
        if index >= self.len {
            return 0;
        }
        self.values.get(index).copied().unwrap_or(0)
    }

    /// The sub-parameters of a parameter.
    pub(in crate::screen) fn subs(&self, index: usize) -> &[i32] {
        if index >= self.len {
            return &[];
        }
        let start = self.sub_start.get(index).copied().unwrap_or(self.sub_len);
        let end = if index + 1 < self.len {
            self.sub_start
                .get(index + 1)
                .copied()
                .unwrap_or(self.sub_len)
        } else {
            self.sub_len
        };
        self.subs.get(start..end).unwrap_or_default()
    }
}
