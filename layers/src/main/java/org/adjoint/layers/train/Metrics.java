package org.adjoint.layers.train;

/** Mean loss and accuracy over the samples counted so far. */
public final class Metrics {
  private long samples;
  private long judged;
  private long correct;
  private double lossSum;

  /** Creates empty metrics. */
  public Metrics() {}

  /** Forgets everything. */
  public void reset() {
    samples = 0;
    judged = 0;
    correct = 0;
    lossSum = 0;
  }

  /** Counts a batch: its mean loss and its size. */
  public void loss(double mean, int size) {
    lossSum += mean * size;
    samples += size;
  }

  /** Counts right answers, for tasks that know such a thing. */
  public void correct(int right, int of) {
    correct += right;
    judged += of;
  }

  /** The four sums, for a training that is saved in the middle of an epoch. */
  String text() {
    return samples + " " + judged + " " + correct + " " + lossSum;
  }

  /** Goes on from {@link #text}. */
  void text(String sums) {
    String[] s = sums.split(" ", -1);
    if (s.length != 4) {
      throw new NumberFormatException("metrics of " + s.length + " fields");
    }
    samples = Long.parseLong(s[0]);
    judged = Long.parseLong(s[1]);
    correct = Long.parseLong(s[2]);
    lossSum = Double.parseDouble(s[3]);
  }

  /** Returns the number of samples counted. */
  public long samples() {
    return samples;
  }

  /** Returns the mean loss a sample; NaN if there are none. */
  public double loss() {
    return lossSum / samples;
  }

  /** Returns the share of right answers; NaN if the task knows no right answers. */
  public double accuracy() {
    return (double) correct / judged;
  }
}
