package org.adjoint.cpu;

import java.util.Objects;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent network over its sequences, in float32 or float64: arrays are {@code float[]} or
 * {@code double[]}, and only {@link PackedWeights}, {@link RecurrentFormulas} and {@link
 * RecurrentRows} look into them. W_hh is packed once for the whole sequence; then each thread takes
 * some sequences of the batch through all steps, so that no step waits for another thread, and what
 * a row computes depends on that row alone.
 */
final class RecurrentRun extends Region {
  private static final Object NONE = new Object();
  private static final double[] NO_SCALARS = {};
  private static final ThreadLocal<RecurrentRun> SINGLE =
      ThreadLocal.withInitial(() -> new RecurrentRun(DType.F32));
  private static final ThreadLocal<RecurrentRun> DOUBLE =
      ThreadLocal.withInitial(() -> new RecurrentRun(DType.F64));

  /** The room of one thread. */
  static final class Room {
    static final ThreadLocal<Room> SINGLE = ThreadLocal.withInitial(() -> new Room(new float[0]));
    static final ThreadLocal<Room> DOUBLE = ThreadLocal.withInitial(() -> new Room(new double[0]));

    Object panels;
    Object product;
    Object over;
    Object dc;

    private Room(Object none) {
      panels = none;
      product = none;
      over = none;
      dc = none;
    }

    void grow(int panelSize, int productSize, int stateSize) {
      panels = RecurrentRows.room(panels, panelSize);
      product = RecurrentRows.room(product, productSize);
      over = RecurrentRows.room(over, stateSize);
      dc = RecurrentRows.room(dc, stateSize);
    }
  }

  private final DType type;
  private final PackedWeights weights;
  private RecurrentFormulas.@Nullable Formula formula;
  private RecurrentFormulas.@Nullable Formula gates;
  private RecurrentSpec spec = new RecurrentSpec(RecurrentCell.RNN_TANH, false);
  private boolean back;
  private int steps;
  private int n;
  private int units;
  private int wide;
  private int kept;
  private Object x = NONE;
  private int xAt;
  private Object initial = NONE;
  private int initialAt;
  private int @Nullable [] lengths;
  private int lengthsAt;
  private Object saved = NONE;
  private int savedAt;
  private Object states = NONE;
  private int statesAt;
  private Object dstates = NONE;
  private int dstatesAt;
  private Object da = NONE;
  private int daAt;
  private Object dinitial = NONE;
  private int dinitialAt;

  private RecurrentRun(DType type) {
    this.type = type;
    weights = PackedWeights.of(type);
  }

  /** Returns the object of this thread for tensors of a floating type. */
  static RecurrentRun current(DType type) {
    return (type == DType.F32 ? SINGLE : DOUBLE).get();
  }

  /** See {@link org.adjoint.kernels.RecurrentKernels#recurrent}. */
  void forward(
      RecurrentFormulas formulas,
      RecurrentSpec how,
      Tensor input,
      Tensor begin,
      Tensor w,
      @Nullable Tensor bias,
      @Nullable Tensor ends,
      Tensor keep,
      Tensor h) {
    back = false;
    formula = formulas.forward(how.cell());
    common(how, input, begin, w, ends, keep, h);
    weights.set(work(), w, 1, units, units, wide, bias);
    start();
  }

  /** See {@link org.adjoint.kernels.RecurrentKernels#recurrentGradient}. */
  void gradient(
      RecurrentFormulas formulas,
      RecurrentSpec how,
      Tensor h,
      Tensor keep,
      Tensor begin,
      Tensor w,
      @Nullable Tensor ends,
      Tensor dh,
      Tensor dx,
      @Nullable Tensor dhidden,
      Tensor dbegin) {
    back = true;
    formula = formulas.back(how.cell());
    gates = how.cell() == RecurrentCell.LSTM ? formulas.gatesBack() : null;
    common(how, dx, begin, w, ends, keep, h);
    dstates = Heap.array(dh);
    dstatesAt = Heap.at(dh);
    da = dhidden == null ? x : Heap.array(dhidden);
    daAt = dhidden == null ? xAt : Heap.at(dhidden);
    dinitial = Heap.array(dbegin);
    dinitialAt = Heap.at(dbegin);
    weights.set(work(), w, units, 1, wide, units, null);
    start();
  }

  private void common(
      RecurrentSpec how,
      Tensor gates,
      Tensor begin,
      Tensor w,
      @Nullable Tensor ends,
      Tensor keep,
      Tensor h) {
    spec = how;
    steps = gates.dim(0);
    n = gates.dim(1);
    units = w.dim(1);
    wide = w.dim(0);
    kept = how.cell().saved() * units;
    x = Heap.array(gates);
    xAt = Heap.at(gates);
    initial = Heap.array(begin);
    initialAt = Heap.at(begin);
    lengths = ends == null ? null : Heap.ints(ends);
    lengthsAt = ends == null ? 0 : Heap.at(ends);
    saved = Heap.array(keep);
    savedAt = Heap.at(keep);
    states = Heap.array(h);
    statesAt = Heap.at(h);
  }

  private long work() {
    return (long) steps * n * wide * units;
  }

  private void start() {
    try {
      int blocks = (n + weights.block() - 1) / weights.block();
      Parallel.run(this, Math.min(blocks, Parallel.partsFor(work())));
    } finally {
      x = NONE;
      initial = NONE;
      lengths = null;
      saved = NONE;
      states = NONE;
      dstates = NONE;
      da = NONE;
      dinitial = NONE;
    }
  }

  @Override
  public void run(int part, int parts) {
    int from = first(n, weights.block(), part, parts);
    int rows = first(n, weights.block(), part + 1, parts) - from;
    if (rows == 0) {
      return;
    }
    Room room = (type == DType.F32 ? Room.SINGLE : Room.DOUBLE).get();
    int padded = weights.padded(rows);
    room.grow(padded * Math.max(wide, units), padded * weights.pitch(), rows * units);
    if (back) {
      back(room, from, rows);
    } else {
      forward(room, from, rows);
    }
  }

  private boolean over(int t, int i) {
    int[] ends = lengths;
    return ends != null && t >= ends[lengthsAt + i];
  }

  /** Where the row of sequence i at step t begins in a tensor with rows of {@code width}. */
  private int row(int at, int t, int i, int width) {
    return at + (t * n + i) * width;
  }

  /** Returns the first row from i on that is not over, or is, at step t. */
  private int until(boolean over, int t, int from, int i, int rows) {
    int j = lengths == null && over ? rows : i;
    while (j < rows && over(t, from + j) != over) {
      j++;
    }
    return j;
  }

  private static ElementTask task(RecurrentFormulas.@Nullable Formula formula) {
    RecurrentFormulas.Formula f = Objects.requireNonNull(formula);
    return ElementTask.ofThread(f.loop(), f.slots(), NO_SCALARS);
  }

  /** Runs the formula over the rows that are not over. */
  private void runRows(
      RecurrentFormulas.@Nullable Formula f, ElementTask task, int t, int from, int rows) {
    ElementLoop loop = Objects.requireNonNull(f).loop();
    for (int i = until(false, t, from, 0, rows); i < rows; ) {
      int end = until(true, t, from, i, rows);
      loop.run(task, i, end, 0, units);
      i = until(false, t, from, end, rows);
    }
  }

  /** Places gates that lie side by side, one slot each. */
  private int gates(ElementTask task, int slot, Object array, int at, int width, int count) {
    for (int g = 0; g < count; g++) {
      task.slot(slot + g, array, at + g * units, width);
    }
    return slot + count;
  }

  // ---- forward --------------------------------------------------------------------------------

  private void forward(Room room, int from, int rows) {
    int first = spec.firstRow(steps);
    System.arraycopy(
        initial,
        row(initialAt, 0, from, units),
        states,
        row(statesAt, first, from, units),
        rows * units);
    ElementTask task = task(formula);
    boolean lstm = spec.cell() == RecurrentCell.LSTM;
    Object c = initial;
    int cAt = row(initialAt, 1, from, units);
    int cStep = units;
    for (int s = 0; s < steps; s++) {
      int t = spec.step(s, steps);
      int before = row(statesAt, spec.rowBefore(t), from, units);
      int after = row(statesAt, spec.row(t), from, units);
      int keep = row(savedAt, t, from, kept);
      weights.pack(states, before, units, rows, room.panels);
      weights.multiply(room.panels, rows, weights.begin(), 0, room.product);
      int slot = gates(task, 0, saved, keep, kept, spec.cell().saved());
      task.slot(slot++, states, after, units);
      slot = gates(task, slot, x, row(xAt, t, from, wide), wide, spec.cell().gates());
      slot = gates(task, slot, room.product, 0, weights.pitch(), spec.cell().gates());
      switch (spec.cell()) {
        case GRU -> task.slot(slot, states, before, units);
        case LSTM -> task.slot(slot, c, cAt, cStep);
        default -> {}
      }
      runRows(formula, task, t, from, rows);
      for (int i = 0; lengths != null && i < rows; i++) {
        if (over(t, from + i)) {
          System.arraycopy(states, before + i * units, states, after + i * units, units);
          RecurrentRows.clear(saved, keep + i * kept, keep + (i + 1) * kept);
          if (lstm) {
            System.arraycopy(c, cAt + i * cStep, saved, keep + i * kept + 4 * units, units);
          }
        }
      }
      if (lstm) {
        c = saved;
        cAt = keep + 4 * units;
        cStep = kept;
      }
    }
    for (int i = 0; lstm && i < rows; i++) {
      int last = row(statesAt, steps + 1, from + i, units);
      System.arraycopy(c, cAt + i * cStep, states, last, units);
    }
    task.forget();
  }

  // ---- back -----------------------------------------------------------------------------------

  /** The gradient of the state is in the room's product. */
  private void back(Room room, int from, int rows) {
    int pitch = weights.pitch();
    Object dh = room.product;
    RecurrentRows.clear(dh, 0, weights.padded(rows) * pitch);
    ElementTask task = task(formula);
    RecurrentCell cell = spec.cell();
    ElementTask second = task;
    if (cell == RecurrentCell.LSTM) {
      second = task(gates);
      int last = row(dstatesAt, steps + 1, from, units);
      System.arraycopy(dstates, last, room.dc, 0, rows * units);
    }
    for (int s = steps - 1; s >= 0; s--) {
      int t = spec.step(s, steps);
      int given = row(dstatesAt, spec.row(t), from, units);
      int dx = row(xAt, t, from, wide);
      int dhidden = row(daAt, t, from, wide);
      place(task, room, t, from);
      runRows(formula, task, t, from, rows);
      if (cell == RecurrentCell.LSTM) {
        placeGates(second, room, s, from);
        runRows(gates, second, t, from, rows);
      }
      for (int i = 0; lengths != null && i < rows; i++) {
        if (over(t, from + i)) {
          RecurrentRows.clear(x, dx + i * wide, dx + (i + 1) * wide);
          RecurrentRows.clear(da, dhidden + i * wide, dhidden + (i + 1) * wide);
          RecurrentRows.sum(dh, i * pitch, dstates, given + i * units, room.over, i * units, units);
        }
      }
      weights.pack(da, dhidden, wide, rows, room.panels);
      // Of the GRU's gradient a part reaches the state before directly: it stands there already.
      boolean direct = cell == RecurrentCell.GRU;
      weights.multiply(room.panels, rows, direct ? dh : weights.begin(), direct ? pitch : 0, dh);
      for (int i = 0; lengths != null && i < rows; i++) {
        if (over(t, from + i)) {
          System.arraycopy(room.over, i * units, dh, i * pitch, units);
        }
      }
    }
    for (int i = 0; i < rows; i++) {
      int given = row(dstatesAt, spec.firstRow(steps), from + i, units);
      int to = row(dinitialAt, 0, from + i, units);
      RecurrentRows.sum(dh, i * pitch, dstates, given, dinitial, to, units);
    }
    if (cell == RecurrentCell.LSTM) {
      int to = row(dinitialAt, 1, from, units);
      System.arraycopy(room.dc, 0, dinitial, to, rows * units);
    }
    task.forget();
    second.forget();
  }

  /** Places what the gradient of a step needs. */
  private void place(ElementTask task, Room room, int t, int from) {
    int pitch = weights.pitch();
    int keep = row(savedAt, t, from, kept);
    int to = row(xAt, t, from, wide);
    int slot = 0;
    switch (spec.cell()) {
      case RNN_TANH, RNN_RELU -> {
        task.slot(slot++, x, to, wide);
        task.slot(slot++, states, row(statesAt, spec.row(t), from, units), units);
      }
      case GRU -> {
        slot = gates(task, slot, x, to, wide, 3);
        slot = gates(task, slot, da, row(daAt, t, from, wide), wide, 3);
        task.slot(slot++, room.product, 0, pitch);
        slot = gates(task, slot, saved, keep, kept, 4);
        task.slot(slot++, states, row(statesAt, spec.rowBefore(t), from, units), units);
      }
      case LSTM -> {
        task.slot(slot++, x, to + 3 * units, wide);
        task.slot(slot++, room.dc, 0, units);
        slot = gates(task, slot, saved, keep + 3 * units, kept, 2);
      }
    }
    task.slot(slot++, room.product, 0, pitch);
    task.slot(slot++, dstates, row(dstatesAt, spec.row(t), from, units), units);
    if (spec.cell() == RecurrentCell.LSTM) {
      task.slot(slot, room.dc, 0, units);
    }
  }

  /** Places what the LSTM's gradient needs once dc is known. */
  private void placeGates(ElementTask task, Room room, int s, int from) {
    int t = spec.step(s, steps);
    int slot = gates(task, 0, x, row(xAt, t, from, wide), wide, 3);
    task.slot(slot++, room.dc, 0, units);
    slot = gates(task, slot, saved, row(savedAt, t, from, kept), kept, 3);
    if (s == 0) {
      task.slot(slot++, initial, row(initialAt, 1, from, units), units);
    } else {
      int earlier = row(savedAt, spec.step(s - 1, steps), from, kept) + 4 * units;
      task.slot(slot++, saved, earlier, kept);
    }
    task.slot(slot, room.dc, 0, units);
  }
}
