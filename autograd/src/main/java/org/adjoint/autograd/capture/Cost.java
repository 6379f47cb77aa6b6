package org.adjoint.autograd.capture;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;

/**
 * What a kernel call costs, from its kind and its shapes alone.
 *
 * <p><b>Flops.</b> Every operation on floating-point numbers counts 1, a comparison, a root, an
 * exponential and a selection too; a multiply-add counts 2. Copies, fills, draws and index
 * arithmetic count 0.
 *
 * <ul>
 *   <li>an element-wise formula: its operations × elements of the result
 *   <li>a reduction of n elements to r: n, and the operations of its formula for each; a mean r
 *       more
 *   <li>a matrix product [m, k] · [k, n]: 2·m·n·k, and m·n for a bias; times the batch
 *   <li>a convolution: 2 · elements of y · channels of a group · taps, and 1 an element of y for a
 *       bias; padding counts as if it were there. Both gradients: 2 · elements of dy · the same
 *   <li>pooling: one an element of each window; a mean one more an element of y. Gradients of max
 *       1, of mean taps + 1 an element of dy
 *   <li>softmax and log-softmax 5 an element (maximum, difference, exponential, sum, quotient or
 *       difference), their gradients 4; cross-entropy 5 and 1 a row, its gradient 2 and 1 a row
 *   <li>attention: two products of queries × keys × width, and 5 a weight for softmax; its
 *       gradients five products and 5 a weight. Keys that a causal query does not see count too
 *   <li>batch norm: statistics 4 an element, normalisation 4, gradients 9; row by row 8 in all,
 *       gradients 13
 *   <li>a recurrent network over T steps of a batch n with H units and G gates: 2·T·n·G·H² for the
 *       product with the state, and 2 (simple), 10 (GRU) or 13 (LSTM) a unit and step; its gradient
 *       as many for the product, and 4, 17 or 24
 *   <li>an optimizer's step what its formulas have, common parts once: descent 2 an element, Adam
 *       13
 *   <li>scatter-add 1 an element added
 * </ul>
 *
 * <p><b>Bytes.</b> What has to move at least: each operand is read once and each result written
 * once, as if caches held everything between; what is changed in place moves twice. Elements that a
 * broadcast repeats move once, and so does an operand that is given twice.
 *
 * @param flops operations on floating-point numbers
 * @param bytes read and written
 */
public record Cost(long flops, long bytes) {
  /** Nothing. */
  public static final Cost NONE = new Cost(0, 0);

  /** Returns the arithmetic intensity, flops a byte; 0 if nothing moves. */
  public double intensity() {
    return bytes == 0 ? 0 : (double) flops / bytes;
  }

  /** Returns the sum of two costs. */
  public Cost plus(Cost other) {
    return new Cost(flops + other.flops, bytes + other.bytes);
  }

  static Cost of(Instruction i) {
    return new Cost(flops(i), bytes(i));
  }

  // ---- bytes ----------------------------------------------------------------------------------

  private static long bytes(Instruction i) {
    Set<Ref> read = new LinkedHashSet<>();
    long bytes = 0;
    for (int t = 0; t < i.refs().length; t++) {
      Ref ref = i.refs()[t];
      if (i.reads(t) && read.add(ref)) {
        bytes += moved(ref);
      }
      if (i.writes(t)) {
        bytes += moved(ref);
      }
    }
    return bytes;
  }

  /** The bytes of a view, elements that a broadcast repeats counted once. */
  private static long moved(Ref ref) {
    Layout layout = ref.layout();
    long elements = 1;
    for (int axis = 0; axis < layout.shape().rank(); axis++) {
      elements *= layout.stride(axis) == 0 ? 1 : layout.shape().dim(axis);
    }
    return (layout.shape().size() == 0 ? 0 : elements) * ref.buffer().dtype.bytes();
  }

  // ---- flops ----------------------------------------------------------------------------------

  private static long flops(Instruction i) {
    return switch (i.work()) {
      case KernelWork.Map m -> operations(m.f()) * i.result().shape().size();
      case KernelWork.Reduce r -> {
        long mean = r.reduce() == ReduceOp.MEAN ? i.result().shape().size() : 0;
        yield (operations(r.f()) + 1) * domain(i).size() + mean;
      }
      case KernelWork.Draw _ -> 0;
      case KernelWork.Update u ->
          operations(u.step().rule().results()) * i.refs()[1].shape().size();
      case KernelWork.Call c -> flops(c, shapes(i));
    };
  }

  private static Shape[] shapes(Instruction i) {
    Shape[] shapes = new Shape[i.refs().length];
    for (int t = 0; t < shapes.length; t++) {
      shapes[t] = i.refs()[t].shape();
    }
    return shapes;
  }

  /** What a reduction runs over: the common shape of its operands. */
  private static Shape domain(Instruction i) {
    Shape domain = i.refs()[0].shape();
    for (int t = 1; t < i.refs().length - 1; t++) {
      domain = Shape.broadcast("reduce", domain, i.refs()[t].shape());
    }
    return domain;
  }

  /** The operations of a formula for one element; a fused multiply-add is two. */
  static long operations(Expr e) {
    return switch (e) {
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> 0;
      case Expr.Unary u -> 1 + operations(u.x());
      case Expr.Binary b -> 1 + operations(b.a()) + operations(b.b());
      case Expr.Fma f -> 2 + operations(f.a()) + operations(f.b()) + operations(f.c());
      case Expr.Select s ->
          1 + operations(s.condition()) + operations(s.whenTrue()) + operations(s.whenFalse());
    };
  }

  /** The operations of formulas computed together: what they share is computed once. */
  private static long operations(List<Expr> results) {
    Set<Expr> known = new HashSet<>();
    return results.stream().mapToLong(e -> operations(e, known)).sum();
  }

  private static long operations(Expr e, Set<Expr> known) {
    if (!known.add(e)) {
      return 0;
    }
    return switch (e) {
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> 0;
      case Expr.Unary u -> 1 + operations(u.x(), known);
      case Expr.Binary b -> 1 + operations(b.a(), known) + operations(b.b(), known);
      case Expr.Fma f ->
          2 + operations(f.a(), known) + operations(f.b(), known) + operations(f.c(), known);
      case Expr.Select s ->
          1
              + operations(s.condition(), known)
              + operations(s.whenTrue(), known)
              + operations(s.whenFalse(), known);
    };
  }

  /**
   * The flops of a kernel with its own name.
   *
   * @param t the shapes of its tensors, in the order of the contract
   * @throws IllegalStateException if nobody has said here what it costs
   */
  static long flops(KernelWork.Call c, Shape... t) {
    long x = t[0].size();
    return switch (c.op()) {
      case "fill", "copy", "one_hot", "gather", "scatter", "index_select" -> 0;
      case "scatter_add",
          "index_add",
          "cumsum",
          "cumprod",
          "argmax",
          "argmin",
          "max_pool2d gradient" ->
          x;
      case "argsort" -> x * (64 - Long.numberOfLeadingZeros(x));
      case "matmul" -> {
        boolean transposed = (boolean) c.settings().getFirst();
        long k = t[0].dim(t[0].rank() - (transposed ? 2 : 1));
        long out = t[t.length - 1].size();
        yield 2 * out * k + (t.length > 3 ? out : 0);
      }
      case "conv2d" -> {
        long y = t[t.length - 1].size();
        yield 2 * y * taps(t[1]) + (t.length > 3 ? y : 0);
      }
      case "conv2d input gradient" -> 2 * x * taps(t[1]);
      case "conv2d weight gradient" -> 2L * t[1].size() * taps(t[2]);
      case "max_pool2d" -> t[1].size() * window(c);
      case "avg_pool2d" -> t[1].size() * (window(c) + 1);
      case "avg_pool2d gradient" -> x * (window(c) + 1);
      case "softmax", "log_softmax" -> 5 * x;
      case "softmax gradient", "log_softmax gradient" -> 4 * x;
      case "cross_entropy" -> 5 * x + t[1].size();
      case "cross_entropy gradient" -> 2 * x + t[1].size();
      case "attention" -> attention(t, 1, 1, 5);
      case "attention gradient" -> attention(t, 3, 2, 5);
      case "batch_statistics", "batch_norm" -> 4 * x;
      case "batch_norm gradient" -> 9 * x;
      case "row_norm" -> 8 * x;
      case "row_norm gradient" -> 13 * x;
      case "rnn_tanh", "rnn_relu" -> recurrent(x, t[2], 2);
      case "gru" -> recurrent(x, t[2], 10);
      case "lstm" -> recurrent(x, t[2], 13);
      case "rnn_tanh gradient", "rnn_relu gradient" -> recurrentGradient(t[1], t[3], 4);
      case "gru gradient" -> recurrentGradient(t[1], t[3], 17);
      case "lstm gradient" -> recurrentGradient(t[1], t[3], 24);
      // Three exponentials, a logarithm and what joins them for each place; back one more.
      case "ctc" -> 10L * t[4].size();
      case "ctc gradient" -> 12L * t[4].size();
      default -> {
        if (c.family() == Family.ELEMENTWISE) {
          yield t[t.length - 1].size();
        }
        throw new IllegalStateException("capture: nobody says what " + c.op() + " costs");
      }
    };
  }

  /** The flops of a recurrent network with so many gates in all steps. */
  private static long recurrent(long gates, Shape w, int each) {
    long units = w.dim(1) == 0 ? 0 : gates / (w.dim(0) / w.dim(1));
    return 2 * gates * w.dim(1) + each * units;
  }

  private static long recurrentGradient(Shape saved, Shape w, int each) {
    return recurrent((long) saved.dim(0) * saved.dim(1) * w.dim(0), w, each);
  }

  /** The products of one element of a convolution; w is [out, in / groups, height, width]. */
  private static long taps(Shape w) {
    return (long) w.dim(1) * w.dim(2) * w.dim(3);
  }

  /**
   * Products of the width of keys and of that of values for each weight, and operations besides.
   */
  private static long attention(Shape[] t, int ofKeys, int ofValues, int besides) {
    long weights = (long) t[0].dim(0) * t[0].dim(1) * t[0].dim(2) * t[1].dim(1);
    return weights * (2L * ofKeys * t[0].dim(3) + 2L * ofValues * t[2].dim(3) + besides);
  }

  private static long window(KernelWork.Call c) {
    Pool2dSpec spec = (Pool2dSpec) c.settings().getFirst();
    return (long) spec.kernelH() * spec.kernelW();
  }
}
