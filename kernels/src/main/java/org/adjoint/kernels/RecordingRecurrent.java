package org.adjoint.kernels;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The recurrences of {@link RecordingKernels}: tensors that are null are left out. */
final class RecordingRecurrent implements RecurrentKernels {
  private final RecordingKernels to;

  RecordingRecurrent(RecordingKernels to) {
    this.to = to;
  }

  private void tell(
      String op,
      RecurrentSpec spec,
      String roles,
      KernelWork.Calling call,
      @Nullable Tensor... tensors) {
    List<Tensor> given = new ArrayList<>();
    StringBuilder their = new StringBuilder();
    for (int i = 0; i < tensors.length; i++) {
      Tensor t = tensors[i];
      if (t != null) {
        given.add(t);
        their.append(roles.charAt(i));
      }
    }
    to.indexed(
        Family.RECURRENT, op, List.of(spec), their.toString(), call, given.toArray(new Tensor[0]));
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
    boolean biased = bias != null;
    boolean ends = lengths != null;
    int ending = biased ? 4 : 3;
    int results = ending + (ends ? 1 : 0);
    tell(
        spec.cell().label(),
        spec,
        "rrrrrww",
        (k, t) ->
            k.recurrent()
                .recurrent(
                    spec,
                    t[0],
                    t[1],
                    t[2],
                    biased ? t[3] : null,
                    ends ? t[ending] : null,
                    t[results],
                    t[results + 1]),
        x,
        initial,
        w,
        bias,
        lengths,
        saved,
        states);
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
    boolean ends = lengths != null;
    boolean apart = dhidden != null;
    int results = ends ? 6 : 5;
    tell(
        spec.cell().label() + " gradient",
        spec,
        "rrrrrrwww",
        (k, t) ->
            k.recurrent()
                .recurrentGradient(
                    spec,
                    t[0],
                    t[1],
                    t[2],
                    t[3],
                    ends ? t[4] : null,
                    t[results - 1],
                    t[results],
                    apart ? t[results + 1] : null,
                    t[t.length - 1]),
        states,
        saved,
        initial,
        w,
        lengths,
        dstates,
        dx,
        dhidden,
        dinitial);
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
    to.indexed(
        Family.RECURRENT,
        "ctc",
        List.of(blank),
        "rrrrww",
        (k, t) -> k.recurrent().ctc(t[0], t[1], t[2], t[3], blank, t[4], t[5]),
        x,
        targets,
        inputLengths,
        targetLengths,
        alphas,
        losses);
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
    to.indexed(
        Family.RECURRENT,
        "ctc gradient",
        List.of(blank),
        "rrrrrrrw",
        (k, t) -> k.recurrent().ctcGradient(t[0], t[1], t[2], t[3], blank, t[4], t[5], t[6], t[7]),
        x,
        targets,
        inputLengths,
        targetLengths,
        alphas,
        losses,
        dlosses,
        dx);
  }
}
