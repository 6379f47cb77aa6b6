package org.adjoint.bench.levels;

import java.util.function.Supplier;
import org.adjoint.cpu.Parallel;
import org.adjoint.cpu.Region;

/**
 * One way to compute an operation.
 *
 * @param name {@code plain}, {@code auto}, {@code generated}, {@code vector}, or a user's kernel
 * @param note what it is made of, a few words
 * @param call computes the whole operation once, on {@link Parallel#threads} threads
 * @param reset brings operands and result back to where they were before the first call
 * @param result the numbers that the last call gave
 */
public record Level(
    String name, String note, Runnable call, Runnable reset, Supplier<float[]> result) {
  /** A loop over some of the items of an operation. */
  @FunctionalInterface
  interface Part {
    /** Computes the items from the first to before the second. */
    void run(int from, int to);
  }

  /** Returns a level that splits its items evenly over the threads, in blocks. */
  static Level of(
      String name,
      String note,
      int items,
      int block,
      Part part,
      Runnable reset,
      Supplier<float[]> result) {
    Region region =
        new Region() {
          @Override
          public void run(int number, int parts) {
            part.run(first(items, block, number, parts), first(items, block, number + 1, parts));
          }
        };
    return new Level(name, note, () -> Parallel.run(region, Parallel.threads()), reset, result);
  }
}
