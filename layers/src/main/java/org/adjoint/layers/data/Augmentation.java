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

  /** Returns the change that makes this one and then another. */
  default Augmentation then(Augmentation next) {
    int first = draws();
    int second = next.draws();
    Augmentation before = this;
    return new Augmentation() {
      @Override
      public int draws() {
        return first + second;
      }

      @Override
      public void apply(float[] values, int samples, int length, float[] uniform) {
        before.apply(values, samples, length, part(uniform, samples, 0, first));
        next.apply(values, samples, length, part(uniform, samples, first, second));
      }

      private float[] part(float[] uniform, int samples, int from, int count) {
        float[] part = new float[samples * count];
        for (int s = 0; s < samples; s++) {
          System.arraycopy(uniform, s * draws() + from, part, s * count, count);
        }
        return part;
      }
    };
  }
}
