package org.adjoint.kernels;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention that is written down instead of computed; see {@link RecordingKernels}. */
final class RecordingAttention implements AttentionKernels {
  private final RecordingKernels to;

  RecordingAttention(RecordingKernels to) {
    this.to = to;
  }

  /** Operands of which some may be missing, then the others. */
  private static Tensor[] given(
      Tensor[] first, @Nullable Tensor mask, @Nullable Tensor key, Tensor... rest) {
    List<Tensor> all = new ArrayList<>(List.of(first));
    if (mask != null) {
      all.add(mask);
    }
    if (key != null) {
      all.add(key);
    }
    all.addAll(List.of(rest));
    return all.toArray(Tensor[]::new);
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse) {
    Tensor[] all = given(new Tensor[] {q, k, v}, mask, key, y, lse);
    int n = all.length - 2;
    int maskAt = mask == null ? -1 : 3;
    int keyAt = key == null ? -1 : n - 1;
    KernelWork.Calling call =
        (on, t) ->
            on.attention()
                .attention(
                    t[0],
                    t[1],
                    t[2],
                    maskAt < 0 ? null : t[maskAt],
                    keyAt < 0 ? null : t[keyAt],
                    spec,
                    t[n],
                    t[n + 1]);
    // Without dropout, equal operands and settings make equal calls; whether there is a mask is a
    // setting, too.
    List<Object> settings = List.of(spec, mask != null);
    to.call(Family.ATTENTION, "attention", settings, "r".repeat(n) + "ww", call, all);
  }

  @Override
  public void attentionGradient(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse,
      Tensor dy,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    Tensor[] all = given(new Tensor[] {q, k, v}, mask, key, y, lse, dy, dq, dk, dv);
    int n = all.length - 6;
    int maskAt = mask == null ? -1 : 3;
    int keyAt = key == null ? -1 : n - 1;
    KernelWork.Calling call =
        (on, t) ->
            on.attention()
                .attentionGradient(
                    t[0],
                    t[1],
                    t[2],
                    maskAt < 0 ? null : t[maskAt],
                    keyAt < 0 ? null : t[keyAt],
                    spec,
                    t[n],
                    t[n + 1],
                    t[n + 2],
                    t[n + 3],
                    t[n + 4],
                    t[n + 5]);
    List<Object> settings = List.of(spec, mask != null);
    String roles = "r".repeat(n + 3) + "www";
    to.call(Family.ATTENTION, "attention gradient", settings, roles, call, all);
  }
}
