package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;

/**
 * An optimizer's step in some rows of a table. The places where a row is named are chained, in
 * their order. Threads share out the places, of which the first of a chain stands for its row, or
 * the rows, if these are fewer; the row's gradient is added up and the step's loop runs over it.
 */
final class RowUpdate extends RowTask {
  /** An element added, in fused multiply-adds. */
  private static final int ADD = 2;

  /** A thread's memory for chains and for one row of gradient; grows and is kept. */
  private static final class Room {
    private static final ThreadLocal<Room> CURRENT = ThreadLocal.withInitial(Room::new);

    private int[] first = new int[0];
    private int[] next = new int[0];
    private float[] floats = new float[0];
    private double[] doubles = new double[0];
  }

  private final ElementLoop loop;
  private final double[] numbers;
  private final Tensor[] tensors;
  private final int[] place;
  private final int placeAt;

  /** For each row that is named, its first place; for each place, the next of its row or −1. */
  private final int[] first;

  private final int[] next;

  private final boolean byRow;

  private RowUpdate(ElementLoop loop, double[] numbers, Tensor index, Tensor... tensors) {
    this.loop = loop;
    this.numbers = numbers;
    this.tensors = tensors;
    place = Heap.ints(index);
    placeAt = Heap.at(index);
    int n = index.size();
    int rows = tensors[0].dim(0);
    byRow = rows <= n;
    Room room = Room.CURRENT.get();
    if (room.first.length < rows) {
      room.first = new int[rows];
    }
    if (room.next.length < n) {
      room.next = new int[n];
    }
    first = room.first;
    next = room.next;
    if (byRow) {
      Arrays.fill(first, 0, rows, -1);
    } else {
      // What an earlier call has left is overwritten only where this one looks.
      for (int i = 0; i < n; i++) {
        first[place[placeAt + i]] = -1;
      }
    }
    for (int i = n - 1; i >= 0; i--) {
      int row = place[placeAt + i];
      next[i] = first[row];
      first[row] = i;
    }
  }

  static void run(ElementLoop loop, double[] numbers, Tensor index, Tensor... tensors) {
    long work = (long) tensors[1].size() * (loop.weight + ADD);
    int most = Math.min(index.size(), tensors[0].dim(0));
    new RowUpdate(loop, numbers, index, tensors).split(most, work);
  }

  @Override
  void rows(int from, int to) {
    int width = tensors[0].dim(1);
    Room room = Room.CURRENT.get();
    int slots = CpuUpdates.slots(tensors);
    ElementTask task = ElementTask.ofThread(loop, slots, numbers);
    CpuUpdates.place(task, tensors);
    // Results and operands in turn, of which only the gradient, after the parameter, is a sum.
    int gradient = tensors.length;
    Object sum;
    if (Heap.isSingle(tensors[0])) {
      room.floats = room.floats.length < width ? new float[width] : room.floats;
      sum = room.floats;
    } else {
      room.doubles = room.doubles.length < width ? new double[width] : room.doubles;
      sum = room.doubles;
    }
    task.slot(gradient, sum, 0, 0);
    int at = 0;
    for (int i = from; i < to; i++) {
      int row = byRow ? i : place[placeAt + i];
      int start = first[row];
      if (byRow ? start >= 0 : start == i) {
        add(start, width, sum);
        int moved = (row - at) * width;
        at = row;
        for (int slot = 0; slot < slots; slot++) {
          task.offsets[slot] += slot == gradient ? 0 : moved;
        }
        loop.run(task, 0, 1, 0, width);
      }
    }
    task.forget();
  }

  /** Adds up the gradient of the row whose first place is given, as it is added to zeros. */
  private void add(int start, int width, Object sum) {
    int base = Heap.at(tensors[1]);
    if (sum instanceof float[] y) {
      float[] x = Heap.floats(tensors[1]);
      Arrays.fill(y, 0, width, 0f);
      for (int i = start; i >= 0; i = next[i]) {
        add(x, base + i * width, y, width);
      }
    } else {
      double[] x = Heap.doubles(tensors[1]);
      double[] y = (double[]) sum;
      Arrays.fill(y, 0, width, 0.0);
      for (int i = start; i >= 0; i = next[i]) {
        add(x, base + i * width, y, width);
      }
    }
  }

  private static void add(float[] x, int at, float[] y, int width) {
    for (int r = 0; r < width; r++) {
      y[r] += x[at + r];
    }
  }

  private static void add(double[] x, int at, double[] y, int width) {
    for (int r = 0; r < width; r++) {
      y[r] += x[at + r];
    }
  }
}
