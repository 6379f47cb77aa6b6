package org.adjoint.kernels;

import java.util.function.Supplier;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One optimizer step on one parameter, in place and in one pass. All tensors have one shape. */
public interface UpdateKernels {
  /**
   * The settings of a step of stochastic gradient descent.
   *
   * @param rate learning rate η
   * @param momentum μ, 0 for none
   * @param nesterov whether to look ahead (Sutskever et al., 2013)
   * @param weightDecay λ, added to the gradient as λ·p
   */
  record Sgd(double rate, double momentum, boolean nesterov, double weightDecay) {}

  /**
   * The settings of a step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019).
   *
   * @param rate learning rate η
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay λ
   * @param decoupled true for AdamW: p ← p − η·λ·p before the step; false: λ·p joins the gradient
   * @param step the number of this step, from 1
   */
  record Adam(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled,
      long step) {}

  /**
   * g ← g + λ·p; v ← μ·v + g; p ← p − η·(nesterov ? g + μ·v : v). The gradient is not changed. A
   * velocity of zeros makes the first step equal to plain descent.
   *
   * @param velocity v, null if and only if momentum is 0
   */
  void sgd(Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Sgd settings);

  /**
   * m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; p ← p − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
   *
   * @param m first moment, zeros at first
   * @param v second moment, zeros at first
   */
  void adam(Tensor parameter, Tensor gradient, Tensor m, Tensor v, Adam settings);

  /**
   * Returns a call of {@link #sgd} that may run again and again; see {@link
   * ElementwiseKernels#bindMap}.
   *
   * @param settings asked at each run
   * @return runs the call
   */
  default Runnable bindSgd(
      Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Supplier<Sgd> settings) {
    return () -> sgd(parameter, gradient, velocity, settings.get());
  }

  /**
   * Returns a call of {@link #adam} that may run again and again; see {@link
   * ElementwiseKernels#bindMap}.
   *
   * @param settings asked at each run
   * @return runs the call
   */
  default Runnable bindAdam(
      Tensor parameter, Tensor gradient, Tensor m, Tensor v, Supplier<Adam> settings) {
    return () -> adam(parameter, gradient, m, v, settings.get());
  }
}
