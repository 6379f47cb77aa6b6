package org.adjoint.autograd.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent networks over whole sequences: the simple one (Elman, 1990), GRU (Cho and others, 2014)
 * and LSTM (Hochreiter and Schmidhuber, 1997). {@link RecurrentCell} has the formulas.
 */
public final class Recurrent {
  private Recurrent() {}

  /**
   * Runs a recurrent network and returns its states, those that it begins with included.
   *
   * <p><b>Forward</b> step by step, a = W·h + bias, then the cell's formula of x and a.
   * <b>Backward</b> through time (Werbos, 1990): step by step back the gradients of x and a, then
   * dW = Σ daᵀ·h and dbias = Σ da over all steps at once. <b>Shapes</b> x [T, n, G·H], initial [S,
   * n, H], w [G·H, H], bias [G·H], with G gates and S states of the cell; the result is [T + S, n,
   * H]: row t + 1 is h after step t and row 0 the initial one, or in reverse row t and row T; row T
   * + 1 of an LSTM is the c that it ends with. <b>Saved</b> all inputs, the states, the gates.
   *
   * @param spec the cell and the direction
   * @param x the input's part of the pre-activations of all steps, {@link Matmul#linear} of the
   *     inputs
   * @param initial h, and c, before the first step
   * @param w the weights of the state
   * @param bias added to W·h, or null
   * @param lengths int32 [n], how many steps each sequence has, or null if all have T; behind its
   *     end the states of a sequence do not change
   * @throws ShapeException if the shapes do not fit, or a length is not from 0 to T
   */
  public static Variable states(
      RecurrentSpec spec,
      Variable x,
      Variable initial,
      Variable w,
      @Nullable Variable bias,
      @Nullable Tensor lengths) {
    Tensor ends = lengths == null ? null : Views.compact(lengths);
    States op = new States(spec, ends);
    return bias == null ? Graph.apply(op, x, initial, w) : Graph.apply(op, x, initial, w, bias);
  }

  /**
   * Returns 1 where a step belongs to a sequence and 0 behind its end, [steps, n]; a constant.
   *
   * @param lengths int32 [n]
   */
  public static Variable mask(Tensor lengths, int steps, DType dtype) {
    Kernels kernels = Backends.kernels(lengths.device());
    Tensor ends = Tensor.result(lengths.device(), dtype, lengths.shape());
    kernels.elementwise().copy(lengths, ends);
    Tensor numbers = Tensor.result(lengths.device(), dtype, Shape.of(steps, 1));
    for (int t = 0; t < steps; t++) {
      kernels.elementwise().fill(t, numbers.slice(0, t, t + 1, 1));
    }
    return Elementwise.binary(BinaryOp.LT, Variable.of(numbers), Variable.of(ends));
  }

  /** Keeps states and gates between forward and vjp. */
  private static final class States implements Op.Differentiable {
    private final RecurrentSpec spec;
    private final @Nullable Tensor lengths;
    private @Nullable Tensor saved;

    States(RecurrentSpec spec, @Nullable Tensor lengths) {
      this.spec = spec;
      this.lengths = lengths;
    }

    @Override
    public String name() {
      return spec.cell().label();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = inputs[0];
      Tensor w = inputs[2];
      if (x.rank() != 3 || w.rank() != 2) {
        throw new ShapeException(
            name(),
            x.rank() != 3 ? "x" : "w",
            x.rank() != 3 ? x.shape() : w.shape(),
            "x must be [steps, batch, gates * units] and w [gates * units, units]");
      }
      int units = w.dim(1);
      Tensor keep =
          Tensor.result(
              x.device(), x.dtype(), Shape.of(x.dim(0), x.dim(1), spec.cell().saved() * units));
      Tensor h =
          Tensor.result(
              x.device(), x.dtype(), Shape.of(x.dim(0) + spec.cell().states(), x.dim(1), units));
      Tensor bias = inputs.length > 3 ? inputs[3] : null;
      kernels.recurrent().recurrent(spec, x, inputs[1], w, bias, lengths, keep, h);
      saved = keep;
      return h;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return v.createGraph() ? composed(v) : fused(v);
    }

    private @Nullable Variable[] fused(Vjp v) {
      Tensor h = v.output().value();
      Tensor x = v.input(0).value();
      Tensor w = v.input(2).value();
      Tensor dx = Vjp.like(x);
      Tensor da = spec.cell() == RecurrentCell.GRU ? Vjp.like(x) : null;
      Tensor dinitial = Vjp.like(v.input(1).value());
      v.kernels()
          .recurrent()
          .recurrentGradient(
              spec,
              h,
              Objects.requireNonNull(saved),
              v.input(1).value(),
              w,
              lengths,
              v.dy().value(),
              dx,
              da,
              dinitial);
      int steps = x.dim(0);
      int rows = steps * x.dim(1);
      int first = spec.reverse() ? 1 : 0;
      Variable gates = Variable.of((da == null ? dx : da).reshape(Shape.of(rows, x.dim(2))));
      Variable before =
          Variable.of(h.slice(0, first, first + steps, 1).reshape(Shape.of(rows, w.dim(1))));
      Variable dw = v.needs(2) ? Matmul.product(gates, true, before, false) : null;
      if (v.count() == 3) {
        return Vjp.gradients(Variable.of(dx), Variable.of(dinitial), dw);
      }
      Variable dbias = v.needs(3) ? Reductions.sum(gates, 0) : null;
      return Vjp.gradients(Variable.of(dx), Variable.of(dinitial), dw, dbias);
    }

    /**
     * The same gradients by differentiating the composed form. It starts from views of the
     * operands, so that the gradient of one is not mixed with what it computed another from.
     */
    private @Nullable Variable[] composed(Vjp v) {
      Variable[] inputs = v.inputs();
      List<Variable> wanted = new ArrayList<>();
      for (int i = 0; i < inputs.length; i++) {
        int[] order = new int[inputs[i].shape().rank()];
        for (int axis = 0; axis < order.length; axis++) {
          order[axis] = axis;
        }
        inputs[i] = Views.permute(inputs[i], order);
        if (v.needs(i)) {
          wanted.add(inputs[i]);
        }
      }
      Variable bias = inputs.length > 3 ? inputs[3] : null;
      Variable product =
          RecurrentSteps.product(spec, inputs[0], inputs[1], inputs[2], bias, lengths, v.dy());
      List<Variable> found = Backprop.gradients(product, wanted, true);
      @Nullable Variable[] gradients = new @Nullable Variable[inputs.length];
      int next = 0;
      for (int i = 0; i < inputs.length; i++) {
        gradients[i] = v.needs(i) ? found.get(next++) : null;
      }
      return gradients;
    }
  }
}
