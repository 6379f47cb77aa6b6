package org.adjoint.layers.data;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** An epoch whose batches a thread of its own fills ahead of whoever takes them. */
final class Prefetch implements Iterator<Batch> {
  /** Memory for a batch. */
  interface Slot {
    /** Fills batch number n; by any thread. */
    Batch fill(int n);

    /** Lets the work to come find what was filled. */
    void acquire();

    /** Says that the work given so far is the last that uses it. */
    void release();
  }

  /** A filled batch, or why there is none. */
  private record Filled(Slot slot, @Nullable Batch batch, @Nullable Throwable failure) {}

  private final BlockingQueue<Slot> free;
  private final BlockingQueue<Filled> ready = new LinkedBlockingQueue<>();
  private final Thread thread;
  private final int batches;
  private volatile boolean cancelled;
  private @Nullable Slot held;
  private int next;

  Prefetch(List<? extends Slot> slots, int from, int batches) {
    this.free = new LinkedBlockingQueue<>(slots);
    this.next = from;
    this.batches = batches;
    this.thread = Thread.ofPlatform().daemon().name("data-loader").start(() -> fill(from));
  }

  private void fill(int from) {
    for (int n = from; n < batches && !cancelled; n++) {
      Slot slot = taken(free);
      if (cancelled) {
        return;
      }
      try {
        ready.add(new Filled(slot, slot.fill(n), null));
      } catch (RuntimeException | Error e) {
        ready.add(new Filled(slot, null, e));
        return;
      }
    }
  }

  @Override
  public boolean hasNext() {
    return next < batches;
  }

  @Override
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the epoch has " + batches + " batches");
    }
    if (held != null) {
      held.release();
      free.add(held);
    }
    Filled filled = taken(ready);
    held = filled.slot();
    next++;
    Batch batch = filled.batch();
    if (batch == null) {
      next = batches;
      if (filled.failure() instanceof Error e) {
        throw e;
      }
      throw (RuntimeException) Objects.requireNonNull(filled.failure());
    }
    filled.slot().acquire();
    return batch;
  }

  /** Ends an epoch of which no more is wanted; the slots are free when this returns. */
  void cancel() {
    cancelled = true;
    if (held != null) {
      held.release();
    }
    free.add(new Nothing()); // Wakes the thread if it waits for a slot.
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The slot of an epoch that was cancelled. */
  private static final class Nothing implements Slot {
    @Override
    public Batch fill(int n) {
      throw new IllegalStateException("data: a cancelled epoch is filled");
    }

    @Override
    public void acquire() {}

    @Override
    public void release() {}
  }

  /** Waits whatever happens: the other side always answers. */
  private static <T> T taken(BlockingQueue<T> queue) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return queue.take();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
