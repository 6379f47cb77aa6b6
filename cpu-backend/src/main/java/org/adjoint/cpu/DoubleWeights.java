package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@link PackedWeights} in float64. */
final class DoubleWeights extends PackedWeights {
  private static final double[] NONE = {};

  private double[] from = NONE;
  private DoubleTile tile = DoubleScratch.current().tile;
  private DoubleTile small = tile;
  private double[] packed = NONE;
  private double[] begin = NONE;

  DoubleWeights() {}

  @Override
  void begin(long work, Tensor w, @Nullable Tensor bias) {
    DoubleScratch scratch = DoubleScratch.current();
    from = Heap.doubles(w);
    tile = scratch.tile;
    small = scratch.small;
    lanes = tile.lanes;
    packed = room(packed, pitch() * depth);
    begin = room(begin, pitch());
    Arrays.fill(begin, 0, pitch(), 0.0);
    if (bias != null) {
      System.arraycopy(Heap.doubles(bias), Heap.at(bias), begin, 0, cols);
    }
  }

  @Override
  void end() {
    from = NONE;
  }

  private static double[] room(double[] array, int size) {
    return array.length < size ? new double[size + (size >> 2)] : array;
  }

  @Override
  public void run(int part, int parts) {
    int end = first(cols, lanes, part + 1, parts);
    for (int j = first(cols, lanes, part, parts); j < end; j += lanes) {
      tile.pack(
          from, at + j * col, col, row, Math.min(lanes, cols - j), depth, packed, j * depth, lanes);
    }
  }

  @Override
  int block() {
    return tile.rows;
  }

  @Override
  double[] begin() {
    return begin;
  }

  private DoubleTile tileFor(int rows) {
    return rows > small.rows ? tile : small;
  }

  @Override
  void pack(Object a, int aAt, int step, int rows, Object panels) {
    for (int i = 0; i < rows; ) {
      DoubleTile t = tileFor(rows - i);
      int valid = Math.min(t.rows, rows - i);
      int to = i * depth;
      tile.pack((double[]) a, aAt + i * step, step, 1, valid, depth, (double[]) panels, to, t.rows);
      i += t.rows;
    }
  }

  @Override
  void multiply(Object panels, int rows, Object init, int initRow, Object out) {
    int pitch = pitch();
    int left = pitch / lanes;
    for (int j = 0; left > 0; ) {
      int vectors = left == 4 ? 2 : Math.min(left, DoubleTile.MAX_VECTORS);
      for (int i = 0; i < rows; ) {
        DoubleTile t = tileFor(rows - i);
        t.run(
            vectors,
            depth,
            (double[]) panels,
            i * depth,
            packed,
            j * depth,
            depth * lanes,
            starts,
            (double[]) init,
            i * initRow + j,
            initRow,
            (double[]) out,
            i * pitch + j,
            pitch);
        i += t.rows;
      }
      j += vectors * lanes;
      left -= vectors;
    }
  }
}
