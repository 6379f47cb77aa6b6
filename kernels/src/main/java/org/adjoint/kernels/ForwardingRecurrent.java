package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Recurrences that forward every call; see {@link ForwardingKernels}. */
public abstract class ForwardingRecurrent implements RecurrentKernels {
  private final RecurrentKernels to;

  /** Forwards to kernels. */
  protected ForwardingRecurrent(RecurrentKernels to) {
    this.to = to;
  }

  @Override
  public void recurrent(
      RecurrentSpec spec,
      Tensor x,
      Tensor initial,
      Tensor w,
      @Nullable Tensor bias,
      @Nullable Tensor lengths,
      Tensor saved,
      Tensor states) {
    to.recurrent(spec, x, initial, w, bias, lengths, saved, states);
  }

  @Override
  public void recurrentGradient(
      RecurrentSpec spec,
      Tensor states,
      Tensor saved,
      Tensor initial,
      Tensor w,
      @Nullable Tensor lengths,
      Tensor dstates,
      Tensor dx,
      @Nullable Tensor dhidden,
      Tensor dinitial) {
    to.recurrentGradient(spec, states, saved, initial, w, lengths, dstates, dx, dhidden, dinitial);
  }

  @Override
  public void ctc(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses) {
    to.ctc(x, targets, inputLengths, targetLengths, blank, alphas, losses);
  }

  @Override
  public void ctcGradient(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses,
      Tensor dlosses,
      Tensor dx) {
    to.ctcGradient(x, targets, inputLengths, targetLengths, blank, alphas, losses, dlosses, dx);
  }
}
