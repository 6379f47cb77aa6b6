package org.adjoint.layers.data;

import org.adjoint.tensor.Shape;

/** Chosen samples of a data set. */
final class Subset implements Dataset {
  private final Dataset all;
  private final int[] indices;

  Subset(Dataset all, int[] indices) {
    this.all = all;
    this.indices = indices;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Shape shape() {
    return all.shape();
  }

  @Override
  public int classes() {
    return all.classes();
  }

  @Override
  public int label(int index) {
    return all.label(indices[index]);
  }

  @Override
  public void read(int index, float[] target, int at) {
    all.read(indices[index], target, at);
  }
}
