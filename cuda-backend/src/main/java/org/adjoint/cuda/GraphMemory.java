package org.adjoint.cuda;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * The temporaries of a graph: memory that its kernels write at each launch, and that therefore
 * nobody else may have as long as there is the graph. Within the graph it is lent again and again,
 * as its work is done in order. Thread-safe.
 */
final class GraphMemory implements Lender, Runnable {
  private final CudaPool pool;
  private final Map<Long, ArrayDeque<CudaPool.Block>> waiting = new TreeMap<>();
  private boolean ended;

  GraphMemory(CudaPool pool) {
    this.pool = pool;
  }

  @Override
  public synchronized CudaPool.Block take(long bytes, boolean temporary, String what) {
    ArrayDeque<CudaPool.Block> same = waiting.get(CudaPool.capacity(bytes));
    return same == null || same.isEmpty() ? pool.take(bytes, true, what) : same.pop();
  }

  @Override
  public synchronized void give(CudaPool.Block block) {
    if (ended) {
      pool.give(block);
    } else {
      waiting.computeIfAbsent(block.bytes(), b -> new ArrayDeque<>()).push(block);
    }
  }

  /** Gives all back to the pool, what is still lent as soon as it comes. */
  @Override
  public synchronized void run() {
    ended = true;
    waiting.values().forEach(same -> same.forEach(pool::give));
    waiting.clear();
  }
}
