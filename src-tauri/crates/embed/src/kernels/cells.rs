//! Writing to different columns of one buffer from several threads.

use std::marker::PhantomData;
use std::ops::Range;

/// A buffer of rows that several threads fill, each its own columns.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a, T> {
    start: *mut T,
    rows: usize,
    columns: usize,
    buffer: PhantomData<&'a mut [T]>,
}

// SAFETY: nothing can be read or written through it but by `row`, whose caller answers for the threads.
unsafe impl<T: Send> Send for Cells<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Cells<'_, T> {}

impl<'a, T> Cells<'a, T> {
    /// `buffer` as whole rows of `columns`; what is left over is not used.
    pub(super) fn new(buffer: &'a mut [T], columns: usize) -> Self {
        let rows = buffer.len() / columns;
        Cells { start: buffer.as_mut_ptr(), rows, columns, buffer: PhantomData }
    }

    /// Some columns of a row.
    ///
    /// # Safety
    /// While the slice lives, no other slice may hold any of the same columns of the same row.
    #[inline(always)]
    pub(super) unsafe fn row(&self, row: usize, columns: Range<usize>) -> &'a mut [T] {
        assert!(row < self.rows && columns.start <= columns.end && columns.end <= self.columns);
        // SAFETY: it lies within the buffer by the line above, and is nobody else's by the caller's word.
        unsafe {
            let start = self.start.add(row * self.columns + columns.start);
            std::slice::from_raw_parts_mut(start, columns.len())
        }
    }
}
