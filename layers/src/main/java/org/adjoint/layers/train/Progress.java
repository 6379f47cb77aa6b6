package org.adjoint.layers.train;

/**
 * Where training stands: a live view that the {@link Trainer} keeps up to date. Listeners read it
 * during a call and keep no reference.
 */
public final class Progress {
  final Metrics metrics = new Metrics();
  int epoch;
  int epochs;
  int batch;
  int batches;
  long step;
  long steps;
  double batchLoss;
  double learningRate;
  long epochNanos;
  long totalNanos;
  long stepsThisRun;

  Progress() {}

  /** Returns the running epoch, from 1. */
  public int epoch() {
    return epoch;
  }

  /** Returns how many epochs there will be. */
  public int epochs() {
    return epochs;
  }

  /** Returns the batches done in this epoch. */
  public int batch() {
    return batch;
  }

  /** Returns the batches of an epoch. */
  public int batches() {
    return batches;
  }

  /** Returns the steps done in all epochs. */
  public long step() {
    return step;
  }

  /** Returns the steps that all epochs will take. */
  public long steps() {
    return steps;
  }

  /** Returns the loss of the newest step, before its update: the mean of its batches. */
  public double batchLoss() {
    return batchLoss;
  }

  /** Returns the mean training loss of this epoch so far. */
  public double loss() {
    return metrics.loss();
  }

  /** Returns the training accuracy of this epoch so far; NaN if the task knows none. */
  public double accuracy() {
    return metrics.accuracy();
  }

  /** Returns the learning rate of the newest step. */
  public double learningRate() {
    return learningRate;
  }

  /** Returns the training speed of this epoch. */
  public double samplesPerSecond() {
    return metrics.samples() * 1e9 / Math.max(1, epochNanos);
  }

  /** Returns the time since the first batch. */
  public double seconds() {
    return totalNanos / 1e9;
  }

  /** Returns an estimate of the time to the last update. */
  public double secondsLeft() {
    return stepsThisRun == 0 ? Double.NaN : seconds() * (steps - step) / stepsThisRun;
  }
}
