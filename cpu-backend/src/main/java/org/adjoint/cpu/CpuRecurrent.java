package org.adjoint.cpu;

import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.reference.ReferenceKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrences: float32 by {@link FloatRecurrent} and {@link FloatCtc}; float64, in which nobody
 * trains them, by the reference.
 */
final class CpuRecurrent implements RecurrentKernels {
  private final RecurrentKernels reference = new ReferenceKernels().recurrent();

  private final RecurrentFormulas formulas;
  private final CtcFormulas ctcFormulas;

  CpuRecurrent(LoopCompiler loops) {
    formulas = new RecurrentFormulas(loops);
    ctcFormulas = new CtcFormulas(loops);
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
    if (Heap.isSingle(x)) {
      FloatRecurrent.current().forward(formulas, spec, x, initial, w, bias, lengths, saved, states);
    } else {
      reference.recurrent(spec, x, initial, w, bias, lengths, saved, states);
    }
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
    if (Heap.isSingle(dx)) {
      FloatRecurrent.current()
          .gradient(
              formulas, spec, states, saved, initial, w, lengths, dstates, dx, dhidden, dinitial);
    } else {
      reference.recurrentGradient(
          spec, states, saved, initial, w, lengths, dstates, dx, dhidden, dinitial);
    }
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
    if (Heap.isSingle(x)) {
      FloatCtc.current()
          .forward(ctcFormulas, x, targets, inputLengths, targetLengths, blank, alphas, losses);
    } else {
      reference.ctc(x, targets, inputLengths, targetLengths, blank, alphas, losses);
    }
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
    if (Heap.isSingle(x)) {
      FloatCtc.current()
          .gradient(
              ctcFormulas,
              x,
              targets,
              inputLengths,
              targetLengths,
              blank,
              alphas,
              losses,
              dlosses,
              dx);
    } else {
      reference.ctcGradient(
          x, targets, inputLengths, targetLengths, blank, alphas, losses, dlosses, dx);
    }
  }
}
