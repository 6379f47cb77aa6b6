package org.adjoint.layers.data;

/** Changes the samples of a training batch at random, so that no two epochs are alike. */
public interface Augmentation {
  /** Returns how many random numbers a sample needs. */
  int draws();

  /**
   * Changes samples in place.
   *
   * @param values the samples, one after the other
   * @param samples how many
   * @param length the elements of one
   * @param uniform {@link #draws} numbers in [0, 1) a sample
   */
  void apply(float[] values, int samples, int length, float[] uniform);
}
