package org.adjoint.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A node of the computation graph: a tensor, the op and the parents that it came from, and, on
 * leaves, the gradient that backpropagation left there.
 *
 * <pre>{@code
 * Variable w = Variable.parameter(Tensor.of(cpu, new float[] {2}, 1));
 * Variable loss = w.mul(w).sum();
 * loss.backward();
 * w.grad(); // [4.]
 * }</pre>
 */
public final class Variable {
  private static final Variable[] NONE = {};

  /** What only few variables have, kept apart so that the many are small. */
  private static final class Extras {
    StackWalker.@Nullable StackFrame line;
    @Nullable Tensor grad;
    @Nullable RowGradient rows;
    @Nullable List<UnaryOperator<Variable>> hooks;
  }

  private final Tensor value;
  private final boolean requiresGrad;
  private @Nullable Op op;
  private Variable[] parents;
  private boolean freed;
  private @Nullable Extras extras;

  /** A leaf. */
  Variable(Tensor value, boolean requiresGrad) {
    this.value = value;
    this.requiresGrad = requiresGrad;
    this.parents = NONE;
  }

  /** A recorded result. */
  Variable(Tensor value, Op op, Variable[] parents, StackWalker.@Nullable StackFrame line) {
    this.value = value;
    this.requiresGrad = true;
    this.op = op;
    this.parents = parents;
    if (line != null) {
      extras().line = line;
    }
  }

  private Extras extras() {
    Extras e = extras;
    if (e == null) {
      e = new Extras();
      extras = e;
    }
    return e;
  }

  // ---- making -------------------------------------------------------------------------------

  /** Returns a constant: no gradient is computed for it. */
  public static Variable of(Tensor value) {
    return new Variable(value, false);
  }

  /**
   * Returns a leaf whose gradient is wanted. No scope may own the tensor.
   *
   * @throws DTypeException if the elements are integers
   */
  public static Variable parameter(Tensor value) {
    if (!value.dtype().isFloating()) {
      throw new DTypeException(
          "parameter", "dtype", value.dtype(), "only float32 and float64 have gradients");
    }
    return new Variable(value, true);
  }

  /** Returns a constant with the same value, cut off from the graph. */
  public Variable detach() {
    return new Variable(value, false);
  }

  // ---- facts --------------------------------------------------------------------------------

  /** Returns the value. */
  public Tensor value() {
    return value;
  }

  /** Returns the shape of the value. */
  public Shape shape() {
    return value.shape();
  }

  /** Returns the element type of the value. */
  public DType dtype() {
    return value.dtype();
  }

  /** Returns the only element of the value. */
  public double item() {
    return value.item();
  }

  /** Returns whether gradients flow to or through this node. */
  public boolean requiresGrad() {
    return requiresGrad;
  }

  /** Returns the op that made this value, or null for a leaf. */
  public @Nullable Op op() {
    return op;
  }

  /** Returns the operands of {@link #op}, in order, as a new array; empty for a leaf. */
  public Variable[] parents() {
    return parents.clone();
  }

  /** Returns the operands without a copy, for the walk back; nobody may write to the array. */
  Variable[] operands() {
    return parents;
  }

  /** Returns whether a backward pass has dropped {@link #op} and {@link #parents}. */
  public boolean isFreed() {
    return freed;
  }

  /** Returns where the user called the op, recorded in anomaly mode only. */
  StackWalker.@Nullable StackFrame line() {
    return extras == null ? null : extras.line;
  }

  // ---- gradients ----------------------------------------------------------------------------

  /**
   * Returns the accumulated gradient of a leaf, or null if no backward pass reached it since the
   * last reset. {@link #resetGrad} recycles its memory: copy what must live longer.
   */
  public @Nullable Tensor grad() {
    Extras e = extras;
    if (e == null) {
      return null;
    }
    RowGradient rows = e.rows;
    if (rows != null) {
      Tensor whole = Tensor.owned(value.device(), value.dtype(), value.shape());
      boolean mine = fills(whole);
      e.grad = whole;
      e.rows = null;
      Kernels kernels = Backends.kernels(value.device());
      kernels.elementwise().fill(0, whole);
      kernels.indexing().indexAdd(rows.rows(), 0, rows.index(), whole);
      if (mine) {
        release(rows);
      }
    }
    return e.grad;
  }

  /**
   * Returns the gradient of a table as the rows that one lookup has used, or null if there is none
   * or it was made whole: by other uses of the table, by a second backward pass, by {@link #grad}.
   */
  public @Nullable RowGradient rowGrad() {
    return extras == null ? null : extras.rows;
  }

  /** Returns whether there is a gradient, whole or of rows. */
  public boolean hasGrad() {
    return extras != null && (extras.grad != null || extras.rows != null);
  }

  /** Whether a gradient of rows may be left as it is: nobody has asked to see a whole one. */
  boolean takesRows() {
    return op == null && value.shape().rank() == 2 && !hasGrad() && !hasHooks();
  }

  /** Gives a leaf its first gradient, in memory of its own. */
  void grad(Tensor gradient) {
    fills(gradient);
    extras().grad = gradient;
  }

  /** Gives a leaf its first gradient as rows, in memory of their own. */
  void grad(RowGradient rows) {
    fills(rows.index(), rows.rows());
    extras().rows = rows;
  }

  /** Tells a recording of a gradient; returns whether the one before is the step's own. */
  private boolean fills(Tensor... memory) {
    Recording recording = Recording.current();
    return recording == null || recording.fills(this, this::putBack, memory);
  }

  /** Forgets a gradient made while a step was recorded for the one from before. */
  private void putBack(@Nullable Tensor grad, @Nullable RowGradient rows) {
    Extras e = extras();
    if (e.grad != null && e.grad != grad) {
      e.grad.storage().release();
    }
    if (e.rows != null && e.rows != rows) {
      release(e.rows);
    }
    e.grad = grad;
    e.rows = rows;
  }

  private static void release(RowGradient rows) {
    rows.index().storage().release();
    rows.rows().storage().release();
  }

  /**
   * Sets the gradient of a leaf to one that was made elsewhere, such as a sum over devices.
   *
   * @param gradient in memory of its own, which becomes the leaf's
   * @throws GradientException if this is no leaf that wants a gradient, or the gradient is not like
   *     its value
   */
  public void setGrad(Tensor gradient) {
    if (op != null || !requiresGrad) {
      throw new GradientException(
          "setGrad", "variable", this, "only a leaf that wants a gradient keeps one");
    }
    if (!gradient.shape().equals(value.shape())
        || gradient.dtype() != value.dtype()
        || gradient.device() != value.device()) {
      throw new GradientException(
          "setGrad",
          "gradient",
          gradient.dtype() + gradient.shape().toString() + " on " + gradient.device().name(),
          "the value is " + value.dtype() + value.shape() + " on " + value.device().name());
    }
    if (gradient != grad()) {
      resetGrad();
      grad(gradient);
    }
  }

  /** Forgets the gradient; the next backward pass starts from zero. */
  public void resetGrad() {
    Recording recording = Recording.current();
    boolean mine = recording == null || recording.resets(this, this::putBack);
    Extras e = extras;
    if (e != null) {
      Tensor old = e.grad;
      RowGradient rows = e.rows;
      e.grad = null;
      e.rows = null;
      if (mine && old != null) {
        old.storage().release();
      }
      if (mine && rows != null) {
        release(rows);
      }
    }
  }

  /**
   * Adds the gradient of this scalar to every leaf that it depends on, and frees the graph.
   *
   * @throws GradientException if there is no graph, or it was freed already
   */
  public void backward() {
    Backprop.backward(this, null, false);
  }

  /**
   * Registers a function that sees the gradient of this node once it is complete, and returns the
   * gradient to go on with: the same, or another of the same shape.
   */
  public void onGradient(UnaryOperator<Variable> hook) {
    Extras e = extras();
    if (e.hooks == null) {
      e.hooks = new ArrayList<>();
    }
    e.hooks.add(hook);
  }

  private boolean hasHooks() {
    return extras != null && extras.hooks != null;
  }

  Variable runHooks(Variable gradient) {
    if (extras == null || extras.hooks == null) {
      return gradient;
    }
    Variable g = gradient;
    for (UnaryOperator<Variable> hook : extras.hooks) {
      Variable next = hook.apply(g);
      if (!next.shape().equals(value.shape())) {
        throw new GradientException(
            "onGradient",
            "the hook's gradient",
            next.shape(),
            "it must keep the shape " + value.shape());
      }
      g = next;
    }
    return g;
  }

  /** Drops what is needed to go further back. */
  void free() {
    if (op != null) {
      op = null;
      parents = NONE;
      freed = true;
    }
  }

  void requireGraph() {
    if (freed) {
      throw new GradientException(
          "backward",
          "graph",
          "freed",
          "an earlier backward pass through this node has used and freed it; pass"
              + " retainGraph = true to that one, or compute the loss again");
    }
  }

  // ---- the most used operations; the others are static methods in org.adjoint.autograd.ops --

  /** Returns a + b, broadcast. */
  public Variable add(Variable b) {
    return Elementwise.add(this, b);
  }

  /** Returns a + c. */
  public Variable add(double c) {
    return Elementwise.unary(UnaryOp.ADD_SCALAR, this, c, 0);
  }

  /** Returns a − b, broadcast. */
  public Variable sub(Variable b) {
    return Elementwise.sub(this, b);
  }

  /** Returns a · b element by element, broadcast. */
  public Variable mul(Variable b) {
    return Elementwise.mul(this, b);
  }

  /** Returns a · c. */
  public Variable mul(double c) {
    return Elementwise.unary(UnaryOp.MUL_SCALAR, this, c, 0);
  }

  /** Returns a / b element by element, broadcast. */
  public Variable div(Variable b) {
    return Elementwise.div(this, b);
  }

  /** Returns −a. */
  public Variable neg() {
    return Elementwise.unary(UnaryOp.NEG, this);
  }

  /** Returns a to the power p, element by element. */
  public Variable pow(double p) {
    return Elementwise.unary(UnaryOp.POW_SCALAR, this, p, 0);
  }

  /** Returns eᵃ. */
  public Variable exp() {
    return Elementwise.unary(UnaryOp.EXP, this);
  }

  /** Returns ln a. */
  public Variable log() {
    return Elementwise.unary(UnaryOp.LOG, this);
  }

  /** Returns √a. */
  public Variable sqrt() {
    return Elementwise.unary(UnaryOp.SQRT, this);
  }

  /** Returns a². */
  public Variable square() {
    return Elementwise.unary(UnaryOp.SQUARE, this);
  }

  /** Returns tanh a. */
  public Variable tanh() {
    return Elementwise.unary(UnaryOp.TANH, this);
  }

  /** Returns 1/(1 + e⁻ᵃ). */
  public Variable sigmoid() {
    return Elementwise.unary(UnaryOp.SIGMOID, this);
  }

  /** Returns max(a, 0); the subgradient at 0 is 0. */
  public Variable relu() {
    return Elementwise.unary(UnaryOp.RELU, this);
  }

  /** Returns the matrix product; see {@link Matmul#matmul}. */
  public Variable matmul(Variable b) {
    return Matmul.matmul(this, b);
  }

  /** Returns the sum over the given axes, which disappear; over all if none is given. */
  public Variable sum(int... axes) {
    return Reductions.sum(this, axes);
  }

  /** Returns the mean over the given axes, which disappear; over all if none is given. */
  public Variable mean(int... axes) {
    return Reductions.mean(this, axes);
  }

  /** Returns the same elements under another shape; one extent may be −1. */
  public Variable reshape(int... dims) {
    return Views.reshape(this, dims);
  }

  /** Returns a view with two axes exchanged. */
  public Variable transpose(int first, int second) {
    return Views.transpose(this, first, second);
  }

  /** Returns a view with the axes in another order. */
  public Variable permute(int... order) {
    return Views.permute(this, order);
  }

  /** Returns a view of the elements from {@code from} up to before {@code to} along an axis. */
  public Variable slice(int axis, int from, int to) {
    return Views.slice(this, axis, from, to, 1);
  }

  /** Returns the value as NumPy prints it. */
  @Override
  public String toString() {
    return value.toString();
  }
}
