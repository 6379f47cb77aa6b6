package org.adjoint.bench.levels;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels.Family;
import org.jspecify.annotations.Nullable;

/** The operations whose levels can be compared, by the names of the catalogue. */
public final class Contests {
  /** No operand has more elements. */
  private static final long LARGEST = 1 << 28;

  private static final int[] ELEMENTS = {1 << 20};
  private static final int[] FEW_ELEMENTS = {4099};

  private static final Map<String, Entry> ALL = new LinkedHashMap<>();

  static {
    for (String op : List.of("add", "mul", "fma", "relu", "exp", "tanh", "sigmoid", "gelu")) {
      put(
          op,
          Family.ELEMENTWISE,
          "N",
          ELEMENTS,
          FEW_ELEMENTS,
          (home, d) -> new ElementwiseContest(home, op, d[0]));
    }
    put(
        "sum",
        Family.REDUCTIONS,
        "N",
        ELEMENTS,
        FEW_ELEMENTS,
        (home, d) -> new SumContest(home, d[0]));
    put(
        "softmax",
        Family.SOFTMAX,
        "ROWSxCOLUMNS",
        new int[] {1024, 1000},
        new int[] {9, 103},
        (home, d) -> new SoftmaxContest(home, d[0], d[1]));
    put(
        "batch_norm",
        Family.NORMS,
        "BATCHxCHANNELSxHxW",
        new int[] {64, 16, 32, 32},
        new int[] {4, 3, 9, 11},
        (home, d) -> new NormContest(home, d[0], d[1], d[2], d[3]));
    put(
        "matmul",
        Family.MATMUL,
        "MxKxN",
        new int[] {512, 512, 512},
        new int[] {33, 31, 35},
        (home, d) -> new MatmulContest(home, d[0], d[1], d[2]));
    put(
        "conv2d",
        Family.CONVOLUTIONS,
        "BATCHxCHANNELSxHxWxFILTERSxKERNEL",
        new int[] {128, 6, 14, 14, 16, 5},
        new int[] {3, 3, 9, 11, 5, 3},
        (home, d) -> new ConvolutionContest(home, d[0], d[1], d[2], d[3], d[4], d[5]));
    put(
        "max_pool2d",
        Family.CONVOLUTIONS,
        "BATCHxCHANNELSxHxW",
        new int[] {128, 16, 32, 32},
        new int[] {3, 3, 9, 11},
        (home, d) -> new PoolContest(home, d[0], d[1], d[2], d[3]));
    put(
        "sgd",
        Family.UPDATES,
        "N",
        ELEMENTS,
        FEW_ELEMENTS,
        (home, d) -> new UpdateContest(home, false, d[0]));
    put(
        "adam",
        Family.UPDATES,
        "N",
        ELEMENTS,
        FEW_ELEMENTS,
        (home, d) -> new UpdateContest(home, true, d[0]));
  }

  private Contests() {}

  /**
   * An operation that can be compared.
   *
   * @param op its name in the catalogue
   * @param family the family of kernels that it belongs to
   * @param axes what the numbers of a size mean: {@code MxKxN}
   * @param usual the size unless told
   * @param small a size to warm up with, awkward on purpose
   * @param maker makes the contest of a size, its operands on a device whose memory is the heap
   */
  public record Entry(
      String op,
      Family family,
      String axes,
      int[] usual,
      int[] small,
      BiFunction<Backend, int[], Contest> maker) {
    /** Returns the name of the operation in the catalogue of checks, where fma is a map. */
    public String listed() {
      return op.equals("fma") ? "map" : op;
    }

    /** Returns why a size does not fit, or null if it does. */
    public @Nullable String problem(int[] size) {
      if (size.length != usual.length) {
        return "the size of " + op + " is " + axes + ", such as " + text(usual);
      }
      for (int extent : size) {
        if (extent < 1) {
          return "every extent of a size must be at least 1";
        }
      }
      double product = 1;
      for (int extent : size) {
        product *= extent;
      }
      double largest = op.equals("matmul") ? largestOfMatmul(size) : product;
      if (largest > LARGEST) {
        return "an operand has more than " + LARGEST + " elements";
      }
      if (op.equals("conv2d") && size[5] > Math.min(size[2], size[3])) {
        return "the kernel of conv2d must fit into the image";
      }
      if (op.equals("max_pool2d") && Math.min(size[2], size[3]) < 2) {
        return "the window of max_pool2d is 2 x 2";
      }
      return null;
    }

    private static double largestOfMatmul(int[] size) {
      double a = (double) size[0] * size[1];
      double b = (double) size[1] * size[2];
      return Math.max(Math.max(a, b), (double) size[0] * size[2]);
    }
  }

  private static void put(
      String op,
      Family family,
      String axes,
      int[] usual,
      int[] small,
      BiFunction<Backend, int[], Contest> maker) {
    ALL.put(op, new Entry(op, family, axes, usual, small, maker));
  }

  /** Returns the names of all operations. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /** Returns an operation by name, or null. */
  public static @Nullable Entry find(String op) {
    return ALL.get(op);
  }

  /** Returns a size as text: {@code 512x512x512}. */
  public static String text(int[] size) {
    StringBuilder s = new StringBuilder();
    for (int extent : size) {
      s.append(s.isEmpty() ? "" : "x").append(extent);
    }
    return s.toString();
  }
}
