package org.adjoint.layers.train;

/**
 * What an epoch gave.
 *
 * @param epoch from 1
 * @param step steps done since the start of training
 * @param learningRate of the epoch's last step
 * @param trainLoss mean over the epoch, each batch before its update
 * @param trainAccuracy the same; NaN if the task knows none
 * @param heldOutLoss after the epoch; NaN if nothing is held out
 * @param heldOutAccuracy after the epoch; NaN if nothing is held out or the task knows none
 * @param seconds since the first batch, the evaluation of this epoch not included
 */
public record EpochResult(
    int epoch,
    long step,
    double learningRate,
    double trainLoss,
    double trainAccuracy,
    double heldOutLoss,
    double heldOutAccuracy,
    double seconds) {}
