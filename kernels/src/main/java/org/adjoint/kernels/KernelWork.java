package org.adjoint.kernels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;

/** What a kernel call does, without the tensors it does it to: a recorded step is made of these. */
public sealed interface KernelWork {
  /** Returns the family of the kernel. */
  Family family();

  /** Returns the operation, such as {@code matmul}. */
  String op();

  /**
   * An element-wise expression; tensors: the operands, then the result.
   *
   * @param op the operation
   * @param f the formula
   * @param parameters its scalars
   */
  record Map(String op, Expr f, double[] parameters) implements KernelWork {
    @Override
    public Family family() {
      return Family.ELEMENTWISE;
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Map m && f.equals(m.f) && Arrays.equals(parameters, m.parameters);
    }

    @Override
    public int hashCode() {
      return f.hashCode();
    }
  }

  /**
   * A reduction of an expression; tensors: the operands, then the result.
   *
   * @param reduce what the elements are combined with
   * @param f the formula of an element
   * @param axis the axis of the operands' common shape
   */
  record Reduce(ReduceOp reduce, Expr f, int axis) implements KernelWork {
    @Override
    public Family family() {
      return Family.REDUCTIONS;
    }

    @Override
    public String op() {
      return reduce.label();
    }
  }

  /**
   * A draw of random numbers; the result is the only tensor.
   *
   * @param op the distribution
   * @param seed the seed at the time of the recording
   * @param offset the counter at the time of the recording
   * @param call the kernel
   */
  record Draw(String op, long seed, long offset, Drawing call) implements KernelWork {
    @Override
    public Family family() {
      return Family.RANDOM;
    }
  }

  /** A kernel of {@link RandomKernels} with everything given but the counter and the result. */
  @FunctionalInterface
  interface Drawing {
    /** Draws. */
    void run(RandomKernels kernels, long seed, long offset, Tensor out);
  }

  /**
   * One step of an optimizer; tensors: parameter, gradient and states, and of a step in some rows
   * the index behind them.
   *
   * @param step its settings at the time of the recording
   * @param rows whether it is a step in some rows
   */
  record Update(UpdateStep step, boolean rows) implements KernelWork {
    /** Returns the tensors of a step in some rows, the index behind them. */
    public static Tensor[] with(Tensor index, Tensor... tensors) {
      Tensor[] all = Arrays.copyOf(tensors, tensors.length + 1);
      all[tensors.length] = index;
      return all;
    }

    @Override
    public Family family() {
      return Family.UPDATES;
    }

    @Override
    public String op() {
      return step.rule().name() + (rows ? "_rows" : "");
    }
  }

  /**
   * Any other kernel.
   *
   * @param family its family
   * @param op its name
   * @param settings what distinguishes it from other calls of that name on the same tensors
   * @param checked whether values of its operands, indices, must be checked at each call
   * @param call the kernel
   */
  record Call(Family family, String op, List<Object> settings, boolean checked, Calling call)
      implements KernelWork {}

  /** A kernel with everything given but the tensors. */
  @FunctionalInterface
  interface Calling {
    /** Computes. */
    void run(Kernels kernels, Tensor[] tensors);
  }
}
