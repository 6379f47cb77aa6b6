package org.adjoint.cpu;

import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrences: networks by {@link RecurrentRun}, the classification's by {@link FloatCtc} and
 * {@link DoubleCtc}.
 */
final class CpuRecurrent implements RecurrentKernels {
  private final RecurrentFormulas singles;
  private final RecurrentFormulas doubles;
  private final CtcFormulas ctcSingles;
  private final CtcFormulas ctcDoubles;

  CpuRecurrent(LoopCompiler loops) {
    singles = new RecurrentFormulas(loops, DType.F32);
    doubles = new RecurrentFormulas(loops, DType.F64);
    ctcSingles = new CtcFormulas(loops, DType.F32);
    ctcDoubles = new CtcFormulas(loops, DType.F64);
  }

  private RecurrentFormulas formulas(Tensor x) {
    return Heap.isSingle(x) ? singles : doubles;
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
    RecurrentRun.current(x.dtype())
        .forward(formulas(x), spec, x, initial, w, bias, lengths, saved, states);
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
    RecurrentRun.current(dx.dtype())
        .gradient(
            formulas(dx), spec, states, saved, initial, w, lengths, dstates, dx, dhidden, dinitial);
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
          .forward(ctcSingles, x, targets, inputLengths, targetLengths, blank, alphas, losses);
    } else {
      DoubleCtc.current()
          .forward(ctcDoubles, x, targets, inputLengths, targetLengths, blank, alphas, losses);
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
              ctcSingles,
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
      DoubleCtc.current()
          .gradient(
              ctcDoubles,
              x,
              targets,
              inputLengths,
              targetLengths,
              blank,
              alphas,
              losses,
              dlosses,
              dx);
    }
  }
}
