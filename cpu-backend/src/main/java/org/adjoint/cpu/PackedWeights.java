package org.adjoint.cpu;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A matrix B, packed once for many products with a few rows each: what a recurrent network
 * multiplies its state with at every step. Each element of a product is one chain of fused
 * multiply-adds over the whole depth. Packed by one thread or by all, then read by all. Arrays are
 * {@code float[]} or {@code double[]}, as the subclass says.
 */
abstract class PackedWeights extends Region {
  int at;
  int row;
  int col;
  int depth;
  int cols;
  int lanes;
  int[] starts = {};

  /** Returns one for a floating type. */
  static PackedWeights of(DType type) {
    return type == DType.F32 ? new FloatWeights() : new DoubleWeights();
  }

  /**
   * Packs B, whose element (k, j) is {@code k · rowStep + j · colStep} behind the first of w.
   *
   * @param work multiply-adds to come, by which the tiles are chosen
   * @param bias what the chains of a column begin with; null means 0
   */
  final void set(
      long work, Tensor w, int rowStep, int colStep, int rows, int columns, @Nullable Tensor bias) {
    at = Heap.at(w);
    row = rowStep;
    col = colStep;
    depth = rows;
    cols = columns;
    begin(work, w, bias);
    if (starts.length < depth) {
      starts = new int[depth];
    }
    for (int k = 0; k < depth; k++) {
      starts[k] = k * lanes;
    }
    int panels = (cols + lanes - 1) / lanes;
    Parallel.run(this, Math.min(panels, Parallel.partsFor((long) depth * cols / 2)));
    end();
  }

  /** Chooses the tiles, whose lanes it notes, and makes room for what {@link #run} packs. */
  abstract void begin(long work, Tensor w, @Nullable Tensor bias);

  /** Forgets the array of w. */
  abstract void end();

  /** Columns of a product with what pads them. */
  final int pitch() {
    return (cols + lanes - 1) / lanes * lanes;
  }

  /** Rows of a product with what pads them. */
  final int padded(int rows) {
    return (rows + block() - 1) / block() * block();
  }

  /** Rows that belong together. */
  abstract int block();

  /** What the chains begin with, for all rows the same. */
  abstract Object begin();

  /** Packs rows of A, {@code step} apart, into {@code padded(rows) · depth} places. */
  abstract void pack(Object a, int aAt, int step, int rows, Object panels);

  /**
   * out = init + A · B, with rows of {@link #pitch} elements. Each tile's columns of B meet all
   * rows while they are in the first caches.
   *
   * @param init what the chains begin with: rows {@code initRow} apart
   */
  abstract void multiply(Object panels, int rows, Object init, int initRow, Object out);
}
