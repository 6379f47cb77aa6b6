package org.adjoint.cpu;

import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.reference.ReferenceKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention: float32 in tiles by {@link FloatAttention}, the blocks of queries of all heads spread
 * over the threads (in the gradient the heads, whose keys have one gradient); float64, which
 * checks, by the reference.
 */
final class CpuAttention implements AttentionKernels {
  private static final AttentionKernels DOUBLE = new ReferenceKernels().attention();

  /** A weight's exp and what goes with it, in fused multiply-adds. */
  private static final long EXP = 16;

  private final FloatRows rows;
  private final RowLoops loops;
  private final ExpLoop exp;
  private final Draws draws;

  CpuAttention(FloatRows rows, RowLoops loops, ExpLoop exp, Draws draws) {
    this.rows = rows;
    this.loops = loops;
    this.exp = exp;
    this.draws = draws;
  }

  private FloatAttention tiles(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec) {
    return new FloatAttention(rows, loops, exp, draws, q, k, v, mask, key, spec);
  }

  private static long work(Tensor q, Tensor k, Tensor v, int products) {
    long weights = (long) q.dim(0) * q.dim(1) * q.dim(2) * k.dim(1);
    return weights * (products * (q.dim(3) + v.dim(3)) / 2 + EXP);
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
    if (!Heap.isSingle(q)) {
      DOUBLE.attention(q, k, v, mask, key, spec, y, lse);
      return;
    }
    FloatAttention tiles = tiles(q, k, v, mask, key, spec);
    int blocks = Math.ceilDiv(q.dim(1), FloatAttention.QUERIES);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int block = first; block < last; block++) {
          tiles.forward(block / blocks, block % blocks * FloatAttention.QUERIES, y, lse);
        }
      }
    }.split(q.dim(0) * q.dim(2) * blocks, work(q, k, v, 2));
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
    if (!Heap.isSingle(q)) {
      DOUBLE.attentionGradient(q, k, v, mask, key, spec, y, lse, dy, dq, dk, dv);
      return;
    }
    FloatAttention tiles = tiles(q, k, v, mask, key, spec);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int head = first; head < last; head++) {
          tiles.backward(head, y, lse, dy, dq, dk, dv);
        }
      }
    }.split(q.dim(0) * q.dim(2), work(q, k, v, 5));
  }
}
