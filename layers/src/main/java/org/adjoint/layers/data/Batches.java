package org.adjoint.layers.data;

import java.util.Iterator;
import java.util.Map;
import org.adjoint.autograd.RandomStream;

/**
 * Batches, epoch after epoch. Every call of {@link #iterator} starts an epoch, and what an epoch
 * gives is a function of the data and of where the {@link #streams} stand at its start: so training
 * can stop in the middle of an epoch and go on later with the same batches.
 */
public interface Batches extends Iterable<Batch> {
  /** Returns the number of batches of an epoch. */
  int batches();

  /** Returns the number of samples of an epoch. */
  int samples();

  /** Returns the random streams that shuffle and augment, by name. */
  Map<String, RandomStream> streams();

  /** Starts an epoch. */
  @Override
  default Iterator<Batch> iterator() {
    return iterator(0);
  }

  /**
   * Starts an epoch in its middle, as if the batches before had been given.
   *
   * @param from the first batch to give, from 0 to {@link #batches}
   */
  Iterator<Batch> iterator(int from);
}
