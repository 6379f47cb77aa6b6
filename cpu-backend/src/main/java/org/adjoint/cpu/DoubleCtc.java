package org.adjoint.cpu;

import static org.adjoint.kernels.RecurrentKernels.NEVER;

import java.util.Arrays;
import java.util.Objects;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Connectionist temporal classification in float64: {@link FloatCtc} in double precision. */
final class DoubleCtc extends Region {
  private static final double[] NONE = {};
  private static final int[] NO_INTS = {};

  /** What a place of a step takes, in fused multiply-adds: three exponentials and a logarithm. */
  private static final int WORK = 60;

  private static final ThreadLocal<DoubleCtc> CURRENT = ThreadLocal.withInitial(DoubleCtc::new);

  /** The room of one thread: rows of places. */
  private static final class Room {
    static final ThreadLocal<Room> CURRENT = ThreadLocal.withInitial(Room::new);

    double[] now = NONE;
    double[] before = NONE;
    double[] emissions = NONE;
    double[] shares = NONE;
    double[] skips = NONE;
    int[] labels = NO_INTS;

    void grow(int places) {
      if (labels.length < places + 2) {
        int size = places + 2 + (places >> 2);
        now = new double[size];
        before = new double[size];
        emissions = new double[size];
        shares = new double[size];
        skips = new double[size];
        labels = new int[size];
      }
    }
  }

  private @Nullable ElementLoop loop;
  private boolean back;
  private int steps;
  private int n;
  private int classes;
  private int places;
  private int blank;
  private double[] x = NONE;
  private int xAt;
  private int[] targets = NO_INTS;
  private int targetsAt;
  private int[] lengths = NO_INTS;
  private int lengthsAt;
  private int[] counts = NO_INTS;
  private int countsAt;
  private double[] alphas = NONE;
  private int alphasAt;
  private double[] losses = NONE;
  private int lossesAt;
  private double[] dlosses = NONE;
  private int dlossesAt;
  private double[] dx = NONE;
  private int dxAt;

  private DoubleCtc() {}

  /** Returns the object of this thread. */
  static DoubleCtc current() {
    return CURRENT.get();
  }

  /** See {@link org.adjoint.kernels.RecurrentKernels#ctc}. */
  void forward(
      CtcFormulas formulas,
      Tensor input,
      Tensor labels,
      Tensor inputLengths,
      Tensor targetLengths,
      int blankLabel,
      Tensor a,
      Tensor loss) {
    back = false;
    loop = formulas.forward();
    start(input, labels, inputLengths, targetLengths, blankLabel, a, loss);
  }

  /** See {@link org.adjoint.kernels.RecurrentKernels#ctcGradient}. */
  void gradient(
      CtcFormulas formulas,
      Tensor input,
      Tensor labels,
      Tensor inputLengths,
      Tensor targetLengths,
      int blankLabel,
      Tensor a,
      Tensor loss,
      Tensor dloss,
      Tensor dinput) {
    back = true;
    loop = formulas.back();
    dlosses = Heap.doubles(dloss);
    dlossesAt = Heap.at(dloss);
    dx = Heap.doubles(dinput);
    dxAt = Heap.at(dinput);
    start(input, labels, inputLengths, targetLengths, blankLabel, a, loss);
  }

  private void start(
      Tensor input,
      Tensor labels,
      Tensor inputLengths,
      Tensor targetLengths,
      int blankLabel,
      Tensor a,
      Tensor loss) {
    steps = input.dim(0);
    n = input.dim(1);
    classes = input.dim(2);
    places = a.dim(2);
    blank = blankLabel;
    x = Heap.doubles(input);
    xAt = Heap.at(input);
    targets = Heap.ints(labels);
    targetsAt = Heap.at(labels);
    lengths = Heap.ints(inputLengths);
    lengthsAt = Heap.at(inputLengths);
    counts = Heap.ints(targetLengths);
    countsAt = Heap.at(targetLengths);
    alphas = Heap.doubles(a);
    alphasAt = Heap.at(a);
    losses = Heap.doubles(loss);
    lossesAt = Heap.at(loss);
    try {
      Parallel.run(this, Math.min(n, Parallel.partsFor((long) steps * n * places * WORK)));
    } finally {
      x = NONE;
      targets = NO_INTS;
      lengths = NO_INTS;
      counts = NO_INTS;
      alphas = NONE;
      losses = NONE;
      dlosses = NONE;
      dx = NONE;
    }
  }

  @Override
  public void run(int part, int parts) {
    int from = first(n, part, parts);
    int rows = first(n, part + 1, parts) - from;
    if (rows == 0) {
      return;
    }
    Room room = Room.CURRENT.get();
    room.grow(rows * places);
    label(room, from, rows);
    Arrays.fill(room.before, 0, rows * places + 2, NEVER);
    if (back) {
      back(room, from, rows);
    } else {
      forward(room, from, rows);
    }
  }

  /** The classes of all places and what it costs to come there from two before. */
  private void label(Room room, int from, int rows) {
    int most = (places - 3) / 2;
    Arrays.fill(room.skips, 0, rows * places + 2, NEVER);
    for (int i = 0; i < rows; i++) {
      int at = i * places;
      Arrays.fill(room.labels, at, at + places, blank);
      int target = targetsAt + (from + i) * most;
      for (int k = 0; k < most; k++) {
        room.labels[at + 3 + 2 * k] = targets[target + k];
        if (k > 0 && targets[target + k] != targets[target + k - 1]) {
          room.skips[at + 3 + 2 * k] = 0;
        }
      }
    }
  }

  /** The logarithms of the probabilities of all places at a step; NaN stays. */
  private void emit(Room room, int t, int from, int rows) {
    for (int i = 0; i < rows; i++) {
      int row = xAt + (t * n + from + i) * classes;
      int at = i * places;
      room.emissions[at] = NEVER;
      room.emissions[at + 1] = NEVER;
      for (int s = at + 2; s < at + places; s++) {
        double e = x[row + room.labels[s]];
        room.emissions[s] = e < NEVER ? NEVER : e;
      }
    }
  }

  private boolean isOver(int t, int i) {
    return t >= lengths[lengthsAt + i];
  }

  private void forward(Room room, int from, int rows) {
    int width = rows * places;
    for (int i = 0; i < rows; i++) {
      room.before[i * places + 2] = 0;
      if (lengths[lengthsAt + from + i] == 0) {
        end(room.before, i * places, from + i);
      }
    }
    ElementTask task = ElementTask.ofThread(Objects.requireNonNull(loop), 6, NONE);
    double[] before = room.before;
    int beforeAt = 0;
    for (int t = 0; t < steps; t++) {
      emit(room, t, from, rows);
      int at = alphasAt + (t * n + from) * places;
      task.slot(0, alphas, at + 2, 0)
          .slot(1, before, beforeAt + 2, 0)
          .slot(2, before, beforeAt + 1, 0)
          .slot(3, before, beforeAt, 0)
          .slot(4, room.skips, 2, 0)
          .slot(5, room.emissions, 2, 0);
      Objects.requireNonNull(loop).run(task, 0, 1, 0, width - 2);
      for (int i = 0; i < rows; i++) {
        int row = at + i * places;
        alphas[row] = NEVER;
        alphas[row + 1] = NEVER;
        if (isOver(t, from + i)) {
          Arrays.fill(alphas, row, row + places, 0);
        } else if (isOver(t + 1, from + i)) {
          end(alphas, row, from + i);
        }
      }
      before = alphas;
      beforeAt = at;
    }
    task.forget();
  }

  /** The loss from the last label and the last blank. */
  private void end(double[] a, int row, int i) {
    int last = row + 2 + 2 * counts[countsAt + i];
    double most = Math.max(a[last], a[last - 1]);
    double total =
        most + StrictMath.log(StrictMath.exp(a[last] - most) + StrictMath.exp(a[last - 1] - most));
    losses[lossesAt + i] = total <= NEVER / 10 ? Double.POSITIVE_INFINITY : -total;
  }

  private void back(Room room, int from, int rows) {
    int width = rows * places;
    for (int t = 0; t < steps; t++) {
      int at = dxAt + (t * n + from) * classes;
      Arrays.fill(dx, at, at + rows * classes, 0);
    }
    ElementTask task = ElementTask.ofThread(Objects.requireNonNull(loop), 8, NONE);
    double[] after = room.before;
    double[] now = room.now;
    Arrays.fill(now, width, width + 2, NEVER);
    for (int t = steps - 1; t >= 0; t--) {
      for (int i = 0; i < rows; i++) {
        if (isOver(t + 1, from + i) && !isOver(t, from + i)) {
          begin(after, i * places, from + i);
        }
      }
      emit(room, t, from, rows);
      task.slot(0, now, 2, 0)
          .slot(1, room.shares, 2, 0)
          .slot(2, after, 2, 0)
          .slot(3, after, 3, 0)
          .slot(4, after, 4, 0)
          .slot(5, room.skips, 4, 0)
          .slot(6, room.emissions, 2, 0)
          .slot(7, alphas, alphasAt + (t * n + from) * places + 2, 0);
      Objects.requireNonNull(loop).run(task, 0, 1, 0, width - 2);
      for (int i = 0; i < rows; i++) {
        now[i * places] = NEVER;
        now[i * places + 1] = NEVER;
        if (!isOver(t, from + i)) {
          share(room, i * places, t, from + i);
        }
      }
      double[] spare = after;
      after = now;
      now = spare;
    }
    task.forget();
  }

  /** After the last step all stands at the last blank; nothing does if the loss is infinite. */
  private void begin(double[] after, int row, int i) {
    Arrays.fill(after, row, row + places, NEVER);
    double loss = losses[lossesAt + i];
    if (!(loss == Double.POSITIVE_INFINITY)) {
      after[row + 2 + 2 * counts[countsAt + i]] = loss;
    }
  }

  /** Gives the shares of a sequence's places to their classes. */
  private void share(Room room, int row, int t, int i) {
    double d = dlosses[dlossesAt + i];
    int at = dxAt + (t * n + i) * classes;
    double blanks = room.shares[row + 2];
    for (int s = row + 3; s < row + places; s += 2) {
      blanks += room.shares[s + 1];
      dx[at + room.labels[s]] -= d * room.shares[s];
    }
    dx[at + blank] -= d * blanks;
  }
}
