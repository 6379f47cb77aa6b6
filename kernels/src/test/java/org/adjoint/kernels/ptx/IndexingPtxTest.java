package org.adjoint.kernels.ptx;

import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Gathering, scattering, sorting and copying against the reference, on many shapes. */
class IndexingPtxTest {
  private static final ReferenceBackend DEVICE = new ReferenceBackend();

  /** outer, n (indices), inner, extent of what they point into. */
  private static final int[][] SHAPES = {
    {1, 1, 1, 1}, {1, 5, 1, 3}, {2, 3, 4, 5}, {1, 40, 1, 7}, {3, 33, 2, 4}, {1, 100, 1, 1},
    {5, 1, 9, 6}, {1, 32, 33, 8}, {2, 65, 1, 65}, {4, 7, 7, 2}, {1, 10, 100, 3}, {9, 2, 1, 31},
    {1, 64, 5, 64}, {2, 31, 3, 10}, {1, 200, 2, 16}, {6, 6, 6, 6}, {1, 3, 70, 40}, {33, 4, 1, 2},
    {1, 90, 4, 1}, {2, 16, 16, 9}
  };

  @Test
  void placesAreReadAndWritten() {
    var reference = DEVICE.kernels().indexing();
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        int size = s[0] * s[1] * s[2];
        int whole = s[0] * s[3] * s[2];
        int[] part = {s[0], s[1], s[2]};
        int[] all = {s[0], s[3], s[2]};
        float[] x = PtxRun.numbers(1, whole);
        float[] src = PtxRun.numbers(2, size);
        int[] each = PtxRun.indices(3, size, s[3]);
        int[] slices = PtxRun.indices(4, s[1], s[3]);
        long xAt = run.in(x);
        long srcAt = run.in(src);
        long eachAt = run.in(each);
        long slicesAt = run.in(slices);
        long y = run.words(size);
        Object[] shape = {s[0], s[1], s[2], s[3]};
        Tensor tx = Tensor.of(DEVICE, x, all);
        Tensor te = Tensor.of(DEVICE, each, part);
        Tensor tl = Tensor.of(DEVICE, slices, s[1]);
        Tensor out = Tensor.of(DEVICE, new float[size], part);
        launch(run, "gather_b32", Dim3.of(2), Dim3.of(64), y, xAt, eachAt, shape);
        reference.gather(tx, 1, te, out);
        PtxCompare.same("gather", run.floats(y, size), out.toFloatArray());
        launch(run, "index_select_b32", Dim3.of(2), Dim3.of(64), y, xAt, slicesAt, shape);
        reference.indexSelect(tx, 1, tl, out);
        PtxCompare.same("index_select", run.floats(y, size), out.toFloatArray());

        String[] entries = {
          "scatter_b32",
          "scatter_add_lines_f32",
          "scatter_add_f32",
          "scatter_add_atomic_f32",
          "index_add_f32",
          "index_add_atomic_f32"
        };
        for (String entry : entries) {
          boolean warps = entry.equals("scatter_add_f32") || entry.equals("index_add_f32");
          boolean whole1 = entry.startsWith("index");
          long target = run.in(x);
          launch(
              run,
              entry,
              Dim3.of(2),
              warps ? Dim3.of(32, 8) : Dim3.of(64),
              target,
              srcAt,
              whole1 ? slicesAt : eachAt,
              shape);
          Tensor t = PtxCompare.exact(x, all);
          Tensor sums = PtxCompare.magnitude(x, all);
          var exact = PtxCompare.reference().indexing();
          Tensor index = PtxCompare.ints(whole1 ? slices : each, whole1 ? new int[] {s[1]} : part);
          if (entry.equals("scatter_b32")) {
            exact.scatter(PtxCompare.exact(src, part), 1, index, t);
          } else if (whole1) {
            exact.indexAdd(PtxCompare.exact(src, part), 1, index, t);
            exact.indexAdd(PtxCompare.magnitude(src, part), 1, index, sums);
          } else {
            exact.scatterAdd(PtxCompare.exact(src, part), 1, index, t);
            exact.scatterAdd(PtxCompare.magnitude(src, part), 1, index, sums);
          }
          PtxCompare.bound(
              entry, run.floats(target, whole), t.toDoubleArray(), s[1], sums.toDoubleArray());
        }
        run.clear();
      }
    }
  }

  private static void launch(
      PtxRun run, String entry, Dim3 grid, Dim3 block, long y, long x, long index, Object[] s) {
    run.launch("indexing.ptx", entry, grid, block, y, x, index, s[0], s[1], s[2], s[3]);
  }

  @Test
  void orders() {
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        int count = Math.min(s[1], s[3]);
        float[] x = PtxRun.mixed(5, s[0] * s[1] * s[2], -2, 2);
        for (int descending = 0; descending < 2; descending++) {
          long y = run.words(s[0] * count * s[2]);
          run.launch(
              "indexing.ptx",
              "arg_sort_f32",
              Dim3.of(2),
              Dim3.of(64),
              y,
              run.in(x),
              s[0],
              s[1],
              s[2],
              count,
              descending);
          Tensor expected = Tensor.of(DEVICE, new int[s[0] * count * s[2]], s[0], count, s[2]);
          DEVICE
              .kernels()
              .indexing()
              .argSort(descending == 1, Tensor.of(DEVICE, x, s[0], s[1], s[2]), 1, expected);
          PtxCompare.same("order", run.ints(y, s[0] * count * s[2]), expected.toIntArray());
        }
        int[] labels = PtxRun.indices(6, s[1], s[3]);
        long y = run.words(s[1] * s[3]);
        run.launch(
            "indexing.ptx",
            "one_hot_f32",
            Dim3.of(1),
            Dim3.of(64),
            y,
            run.in(labels),
            s[1] * s[3],
            s[3]);
        Tensor hot = Tensor.of(DEVICE, new float[s[1] * s[3]], s[1], s[3]);
        DEVICE.kernels().indexing().oneHot(Tensor.of(DEVICE, labels, s[1]), hot);
        PtxCompare.same("one hot", run.floats(y, s[1] * s[3]), hot.toFloatArray());
        run.clear();
      }
    }
  }

  @Test
  void matricesAreTransposed() {
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        int rows = s[1];
        int cols = s[2] * s[3];
        float[] x = PtxRun.numbers(1, s[0] * rows * cols);
        long y = run.words(x.length);
        run.launch(
            "elementwise.ptx",
            "transpose_b32",
            new Dim3(1, 2, 2),
            Dim3.of(32, 8),
            y,
            run.in(x),
            s[0],
            rows,
            cols);
        float[] expected = new float[x.length];
        for (int b = 0; b < s[0]; b++) {
          for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
              expected[(b * cols + j) * rows + i] = x[(b * rows + i) * cols + j];
            }
          }
        }
        PtxCompare.same("transpose", run.floats(y, x.length), expected);
        // the same as a copy between layouts
        run.launch(
            "elementwise.ptx",
            "copy_b32",
            Dim3.of(2),
            Dim3.of(64),
            y,
            run.in(x),
            x.length,
            1,
            1,
            s[0],
            cols,
            rows,
            0,
            0,
            0,
            rows * cols,
            rows,
            1,
            0,
            0,
            0,
            rows * cols,
            1,
            cols);
        PtxCompare.same("copy", run.floats(y, x.length), expected);
        run.clear();
      }
    }
  }
}
