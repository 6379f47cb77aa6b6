package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * One random call of a kernel on a device: the same generator gives the same call on every device.
 * In one call of three, any argument may be spoiled: another shape, type or axis, a view, an alias,
 * a released tensor, null, an index or a setting out of range, an extent of 2³⁰ or 2³¹ − 1.
 */
final class RandomCall {
  /**
   * Something the call writes.
   *
   * @param tensor what
   * @param before its elements before the call
   * @param sum an upper bound of the sum of absolute values behind an element, times √n
   * @param exact whether only the reference's own value will do
   */
  record Result(Tensor tensor, double[] before, double sum, boolean exact) {}

  private static final double[] SPECIAL = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, Float.MIN_VALUE
  };

  private final SplittableRandom random;
  private final Backend device;
  private final List<Result> results = new ArrayList<>();
  private final List<Tensor> operands = new ArrayList<>();
  private final boolean spoiled;
  private boolean special;
  private final DType dtype;
  private String name = "nothing yet";
  private boolean eitherAnomaly;

  RandomCall(SplittableRandom random, Backend device) {
    this.random = random;
    this.device = device;
    spoiled = random.nextInt(3) == 0;
    special = random.nextInt(10) == 0;
    dtype = random.nextInt(3) == 0 ? DType.F64 : DType.F32;
  }

  void run() {
    RandomCalls.Entry entry = RandomCalls.ALL.get(random.nextInt(RandomCalls.ALL.size()));
    name = entry.name();
    entry.call().accept(this, device.kernels());
  }

  List<Result> results() {
    return results;
  }

  void requireUntouched(String what) {
    for (Result r : results) {
      if (!r.tensor.storage().isReleased()) {
        assertArrayEquals(r.before, r.tensor.toDoubleArray(), what + " wrote before it refused");
      }
    }
  }

  @Override
  public String toString() {
    return name + " " + operands.stream().map(RandomCall::text).toList();
  }

  private static String text(Tensor t) {
    return t == null ? "null" : t.dtype() + " " + t.layout();
  }

  // ---- choices ------------------------------------------------------------------------------

  DType dtype() {
    return dtype;
  }

  /** Whether to spoil this argument. */
  boolean spoil() {
    return spoiled && random.nextInt(6) == 0;
  }

  /** Whether no operand holds NaN or infinity. */
  boolean isFinite() {
    return !special;
  }

  /** Draws no NaN and no infinity for the operands that follow. */
  void beFinite() {
    special = false;
  }

  /** Says that NaN and infinity may stand for each other in the results: its sums hold both. */
  void allowEitherAnomaly() {
    eitherAnomaly = true;
  }

  boolean allowsEitherAnomaly() {
    return eitherAnomaly;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean coin() {
    return random.nextBoolean();
  }

  <T> T any(T[] values) {
    return values[random.nextInt(values.length)];
  }

  double number(double low, double high) {
    return spoil()
        ? SPECIAL[random.nextInt(SPECIAL.length)]
        : low + (high - low) * random.nextDouble();
  }

  /** An integer that is sometimes nonsense. */
  int whole(int low, int high) {
    if (spoil()) {
      int[] nonsense = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30};
      return nonsense[random.nextInt(nonsense.length)];
    }
    return low + random.nextInt(Math.max(1, high - low + 1));
  }

  /** An axis of a rank, often counted from the end. */
  int axis(int rank) {
    if (rank == 0 || spoil()) {
      return whole(-7, 7);
    }
    int a = random.nextInt(rank);
    return coin() ? a : a - rank;
  }

  /** The non-negative form of an axis; 0 for one that does not exist. */
  static int plain(int axis, int rank) {
    int a = axis < 0 ? axis + rank : axis;
    return a >= 0 && a < rank ? a : 0;
  }

  /** An extent from 0 to 65: mostly small, and no more elements than are left. */
  int extent(int room) {
    int e =
        switch (random.nextInt(12)) {
          case 0 -> random.nextInt(40) == 0 ? 0 : 1;
          case 1, 2 -> 1;
          case 3 -> 1 + random.nextInt(65);
          default -> 1 + random.nextInt(7);
        };
    return Math.min(e, Math.max(1, room));
  }

  int[] dims(int minRank, int maxRank) {
    int[] d = new int[minRank + random.nextInt(maxRank - minRank + 1)];
    int room = 1500;
    for (int a = 0; a < d.length; a++) {
      d[a] = extent(room);
      room /= Math.max(1, d[a]);
    }
    return d;
  }

  /** A shape that broadcasts to another. */
  int[] broadcastable(int[] to) {
    int from = to.length > 0 && random.nextInt(3) == 0 ? random.nextInt(to.length) : 0;
    int[] d = Arrays.copyOfRange(to, from, to.length);
    for (int a = 0; a < d.length; a++) {
      d[a] = random.nextInt(4) == 0 ? 1 : d[a];
    }
    return d;
  }

  static int[] with(int[] dims, int axis, int extent) {
    int[] d = dims.clone();
    if (d.length > 0) {
      d[axis] = extent;
    }
    return d;
  }

  static int[] without(int[] dims, int axis) {
    int[] d = Arrays.copyOf(dims, Math.max(0, dims.length - 1));
    for (int a = axis + 1; a < dims.length; a++) {
      d[a - 1] = dims[a];
    }
    return d;
  }

  // ---- tensors ------------------------------------------------------------------------------

  Tensor in(int... dims) {
    return in(dtype, -1, 1, dims);
  }

  Tensor in(DType type, double low, double high, int... dims) {
    Tensor t = operand(type, low, high, dims);
    operands.add(t);
    return t;
  }

  Tensor index(int limit, int... dims) {
    int low = spoil() ? -1 : 0;
    int high = spoil() ? limit + 1 : limit;
    return in(DType.I32, low, Math.max(high, low + 0.5), dims);
  }

  private Tensor operand(DType type, double low, double high, int... dims) {
    if (!spoil()) {
      return view(type, low, high, dims);
    }
    return switch (random.nextInt(6)) {
      case 0 -> null;
      case 1 -> released(type, dims);
      case 2 -> view(any(DType.values()), low, high, dims);
      default -> view(type, low, high, mutated(dims));
    };
  }

  private Tensor released(DType type, int[] dims) {
    Scope scope = Scope.open();
    try {
      return Tensor.result(device, type, Shape.of(dims));
    } finally {
      scope.close();
    }
  }

  private int[] mutated(int[] dims) {
    int at = dims.length == 0 ? 0 : random.nextInt(dims.length);
    return switch (random.nextInt(6)) {
      case 0 -> without(dims, at);
      case 1 -> {
        int[] longer = Arrays.copyOf(dims, dims.length + 1);
        longer[dims.length] = 1 + random.nextInt(2);
        yield longer;
      }
      case 2 -> with(dims, at, coin() ? Integer.MAX_VALUE : 1 << 30);
      case 3 -> with(dims, at, 0);
      case 4 -> with(dims, at, random.nextInt(66));
      default -> dims.length == 0 ? new int[] {2} : with(dims, at, dims[at] + 1);
    };
  }

  /** A tensor of these extents in any layout. */
  private Tensor view(DType type, double low, double high, int... dims) {
    int rank = dims.length;
    int at = rank == 0 ? 0 : random.nextInt(rank);
    for (int a = 0; a < rank; a++) {
      if (dims[a] > 1000) {
        return view(type, low, high, with(dims, a, 1)).expand(Shape.of(dims));
      }
    }
    if (rank == 0 || random.nextInt(2) == 0) {
      return dense(type, low, high, dims);
    }
    switch (random.nextInt(3)) {
      case 0 -> {
        int other = random.nextInt(rank);
        int[] swapped = with(with(dims, at, dims[other]), other, dims[at]);
        return dense(type, low, high, swapped).transpose(at, other);
      }
      case 1 -> {
        int step = 1 + random.nextInt(3);
        Tensor wide = dense(type, low, high, with(dims, at, dims[at] * step + 1));
        return wide.slice(at, 1, dims[at] * step + 1, step);
      }
      default -> {
        return dense(type, low, high, with(dims, at, 1)).expand(Shape.of(dims));
      }
    }
  }

  private Tensor dense(DType type, double low, double high, int... dims) {
    int n = Shape.of(dims).size();
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      v[i] = low + (high - low) * random.nextDouble();
      if (special && type.isFloating() && random.nextInt(20) == 0) {
        v[i] = SPECIAL[random.nextInt(SPECIAL.length)];
      }
    }
    return switch (type) {
      case F64 -> Tensor.of(device, v, dims);
      case I32 ->
          Tensor.of(device, Arrays.stream(v).mapToInt(d -> (int) Math.floor(d)).toArray(), dims);
      case F32 -> {
        float[] f = new float[n];
        for (int i = 0; i < n; i++) {
          f[i] = (float) v[i];
        }
        yield Tensor.of(device, f, dims);
      }
    };
  }

  /** A result whose elements must be those of the reference within the bound. */
  Tensor out(double sum, int... dims) {
    return result(dtype, -1, 1, sum, false, dims);
  }

  /** A result whose elements must be exactly those of the reference. */
  Tensor exactly(DType type, int... dims) {
    return result(type, -1, 1, 0, true, dims);
  }

  Tensor result(DType type, double low, double high, double sum, boolean exact, int... dims) {
    Tensor t;
    if (!spoil()) {
      t = Arrays.stream(dims).anyMatch(e -> e > 1000) ? null : dense(type, low, high, dims);
    } else if (coin() && !operands.isEmpty()) {
      t = operands.get(random.nextInt(operands.size()));
    } else {
      t = operand(type, low, high, dims);
    }
    operands.add(t);
    if (t != null) {
      double[] before = t.storage().isReleased() || t.size() > 1 << 20 ? null : t.toDoubleArray();
      if (before != null) {
        results.add(new Result(t, before, sum, exact));
      }
    }
    return t;
  }
}
