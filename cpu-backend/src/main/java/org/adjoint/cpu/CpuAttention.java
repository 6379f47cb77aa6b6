package org.adjoint.cpu;

import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention in tiles: float32 by {@link FloatAttention}, float64 by {@link DoubleAttention}. The
 * blocks of queries of all heads are spread over the threads; in the gradient the heads, whose keys
 * have one gradient.
 */
final class CpuAttention implements AttentionKernels {
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
    Blocks task;
    if (Heap.isSingle(q)) {
      var tiles = new FloatAttention(rows, loops, exp, draws, q, k, v, mask, key, spec);
      var to = new FloatAttention.Rows(y);
      task = new Blocks((head, from) -> tiles.forward(head, from, to, lse));
    } else {
      var tiles = new DoubleAttention(draws, q, k, v, mask, key, spec);
      var to = new DoubleAttention.Rows(y);
      task = new Blocks((head, from) -> tiles.forward(head, from, to, lse));
    }
    task.run(q.dim(0) * q.dim(2), Math.ceilDiv(q.dim(1), FloatAttention.QUERIES), work(q, k, v, 2));
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
    Blocks task;
    if (Heap.isSingle(q)) {
      var tiles = new FloatAttention(rows, loops, exp, draws, q, k, v, mask, key, spec);
      var value = new FloatAttention.Rows(y);
      var given = new FloatAttention.Rows(dy);
      var toQ = new FloatAttention.Rows(dq);
      var toK = new FloatAttention.Rows(dk);
      var toV = new FloatAttention.Rows(dv);
      task = new Blocks((head, _) -> tiles.backward(head, value, lse, given, toQ, toK, toV));
    } else {
      var tiles = new DoubleAttention(draws, q, k, v, mask, key, spec);
      var value = new DoubleAttention.Rows(y);
      var given = new DoubleAttention.Rows(dy);
      var toQ = new DoubleAttention.Rows(dq);
      var toK = new DoubleAttention.Rows(dk);
      var toV = new DoubleAttention.Rows(dv);
      task = new Blocks((head, _) -> tiles.backward(head, value, lse, given, toQ, toK, toV));
    }
    task.run(q.dim(0) * q.dim(2), 1, work(q, k, v, 5));
  }

  /** What is computed for a block of queries of a head; called once a block. */
  private interface Block {
    void compute(int head, int from);
  }

  /** The blocks of all heads. */
  private static final class Blocks extends RowTask {
    private final Block block;
    private int perHead;

    Blocks(Block block) {
      this.block = block;
    }

    void run(int heads, int perHead, long work) {
      this.perHead = perHead;
      split(heads * perHead, work);
    }

    @Override
    void rows(int first, int last) {
      for (int i = first; i < last; i++) {
        block.compute(i / perHead, i % perHead * FloatAttention.QUERIES);
      }
    }
  }
}
