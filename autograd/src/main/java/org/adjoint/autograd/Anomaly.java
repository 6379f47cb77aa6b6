package org.adjoint.autograd;

import java.util.Arrays;
import java.util.Set;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Anomaly mode: while it is on, every result and every gradient computed on this thread is
 * searched, and the first NaN or infinity is reported with the op, the index and the user's line
 * that called the op.
 *
 * <pre>{@code
 * try (Anomaly _ = Anomaly.detect()) {
 *   model.forward(x);
 * }
 * }</pre>
 */
public final class Anomaly implements AutoCloseable {
  private static final Set<String> ENGINE =
      Set.of("tensor", "kernels", "autograd", "layers", "cpu");
  private static final String ROOT = "org.adjoint.";
  private static final ThreadLocal<State> STATE = ThreadLocal.withInitial(State::new);

  /** What anomaly mode remembers on a thread. */
  private static final class State {
    long step = 1;
    boolean inVjp;
    StackWalker.@Nullable StackFrame line;
  }

  private final boolean before;

  private Anomaly() {
    before = Context.current().anomalies(true);
    if (!before) {
      STATE.get().step = 1;
    }
  }

  /** Switches anomaly mode on for this thread until the returned object is closed. */
  public static Anomaly detect() {
    return new Anomaly();
  }

  @Override
  public void close() {
    Context.current().anomalies(before);
  }

  /** Called by backpropagation when a backward pass is complete. */
  static void nextStep() {
    STATE.get().step++;
  }

  /**
   * Called around a vjp: the ops that it runs belong to the op under it. They are not searched,
   * since the gradients that they make up are, and what they record bears the line of that op.
   */
  static void enterVjp(StackWalker.@Nullable StackFrame line) {
    State state = STATE.get();
    state.inVjp = true;
    state.line = line;
  }

  /** Ends what {@link #enterVjp} began. */
  static void leaveVjp() {
    State state = STATE.get();
    state.inVjp = false;
    state.line = null;
  }

  /**
   * In anomaly mode, searches the result of an op that has run and returns the user's line that
   * called the op; else null.
   */
  static StackWalker.@Nullable StackFrame search(Op op, Tensor result) {
    if (!Context.current().anomalies()) {
      return null;
    }
    State state = STATE.get();
    if (state.inVjp) {
      return state.line;
    }
    StackWalker.StackFrame line = userLine();
    check(op.name(), "result", result, line);
    return line;
  }

  /** Returns the innermost frame that is not the engine's own. */
  private static StackWalker.@Nullable StackFrame userLine() {
    return StackWalker.getInstance()
        .walk(frames -> frames.filter(f -> !isEngine(f.getClassName())).findFirst())
        .orElse(null);
  }

  private static boolean isEngine(String className) {
    if (!className.startsWith(ROOT)) {
      return false;
    }
    int end = className.indexOf('.', ROOT.length());
    return end > 0 && ENGINE.contains(className.substring(ROOT.length(), end));
  }

  /** Throws if the tensor holds NaN or infinity. */
  static void check(String op, String what, Tensor t, StackWalker.@Nullable StackFrame line) {
    if (!t.dtype().isFloating()) {
      return;
    }
    int at = firstAnomaly(t);
    if (at >= 0) {
      throw new AnomalyException(
          op,
          what,
          t.toDoubleArray()[at],
          Arrays.toString(index(t.shape(), at)),
          STATE.get().step,
          line == null ? "an unknown line (anomaly mode was off then)" : line.toString());
    }
  }

  /** Returns the row-major number of the first NaN or infinity, or −1. */
  private static int firstAnomaly(Tensor t) {
    if (t.isContiguous() && t.storage() instanceof HeapStorage heap) {
      int from = t.layout().offset();
      int n = t.size();
      switch (t.dtype()) {
        case F32 -> {
          float[] v = heap.floats();
          // x − x is 0 for finite x only; summing keeps the loop free of branches.
          float sum = 0;
          for (int i = from; i < from + n; i++) {
            sum += v[i] - v[i];
          }
          if (sum == 0) {
            return -1;
          }
        }
        case F64 -> {
          double[] v = heap.doubles();
          double sum = 0;
          for (int i = from; i < from + n; i++) {
            sum += v[i] - v[i];
          }
          if (sum == 0) {
            return -1;
          }
        }
        default -> {
          return -1;
        }
      }
    }
    double[] values = t.toDoubleArray();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }

  private static int[] index(Shape shape, int position) {
    int[] index = new int[shape.rank()];
    Layout dense = Layout.contiguous(shape);
    int rest = position;
    for (int a = 0; a < index.length; a++) {
      index[a] = rest / dense.stride(a);
      rest %= dense.stride(a);
    }
    return index;
  }
}
