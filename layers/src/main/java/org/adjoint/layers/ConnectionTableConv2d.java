package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * A convolution in which an output channel sees only some of the input channels, as a table says
 * (layer C3 of LeNet-5; LeCun, Bottou, Bengio and Haffner, 1998): fewer weights, and maps that have
 * to differ because they see different inputs.
 *
 * <p><b>Shapes</b> x [batch, in, h, w] → y [batch, out, h − kernel + 1, w − kernel + 1]; parameters
 * {@code weight} [connections, kernel, kernel], output by output in the order of the table, and
 * {@code bias} [out].
 */
public final class ConnectionTableConv2d extends Layer {
  private final int in;
  private final int out;
  private final int kernel;
  private final Tensor places;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param in channels of x
   * @param kernel extent of the square filters
   * @param table for each output channel the input channels that it sees, each once
   * @throws ArgumentException if a number is less than 1, an output sees nothing, or a channel does
   *     not exist or stands twice
   */
  public ConnectionTableConv2d(Setup setup, int in, int kernel, int[][] table) {
    String op = "connection_table_conv2d";
    Checks.atLeast(op, "in", in, 1);
    Checks.atLeast(op, "kernel", kernel, 1);
    Checks.atLeast(op, "outputs of the table", table.length, 1);
    this.in = in;
    this.out = table.length;
    this.kernel = kernel;
    int count = 0;
    for (int[] seen : table) {
      Checks.atLeast(op, "inputs of an output", seen.length, 1);
      count += seen.length;
    }
    int[] index = new int[count];
    boolean[] taken = new boolean[out * in];
    int next = 0;
    for (int o = 0; o < out; o++) {
      for (int channel : table[o]) {
        if (channel < 0 || channel >= in || taken[o * in + channel]) {
          throw new ArgumentException(
              op,
              "table[" + o + "]",
              channel,
              "an output names input channels from 0 to " + (in - 1) + ", each once");
        }
        taken[o * in + channel] = true;
        index[next++] = o * in + channel;
      }
    }
    places = Tensor.of(setup.device(), index, count);
    int taps = kernel * kernel;
    int fanIn = Math.max(1, count / out) * taps;
    int fanOut = Math.max(1, count / in) * taps;
    weight = parameter("weight", setup.weight(fanIn, fanOut, count, kernel, kernel));
    bias = parameter("bias", setup.bias(fanIn, fanOut, out));
  }

  /** Returns the table of layer C3 of LeNet-5: 16 maps over 6, with 60 of 96 connections. */
  public static int[][] lenet5() {
    int[][] table = new int[16][];
    for (int i = 0; i < 6; i++) {
      table[i] = new int[] {i, (i + 1) % 6, (i + 2) % 6};
      table[6 + i] = new int[] {i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6};
    }
    for (int i = 0; i < 3; i++) {
      table[12 + i] = new int[] {i, i + 1, i + 3, (i + 4) % 6};
    }
    table[15] = new int[] {0, 1, 2, 3, 4, 5};
    return table;
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 4 || x.shape().dim(1) != in) {
      throw new ShapeException(
          "connection_table_conv2d",
          "x",
          x.shape(),
          "this layer takes [batch, " + in + ", height, width]");
    }
    int taps = kernel * kernel;
    Tensor zeros = Tensor.zeros(places.device(), x.dtype(), out * in, taps);
    Variable filters = weight.variable().reshape(places.size(), taps);
    Variable full = Indexing.indexAdd(Variable.of(zeros), 0, places, filters);
    Variable w = full.reshape(out, in, kernel, kernel);
    return Convolutions.conv2d(x, w, bias.variable(), Conv2dSpec.DEFAULT);
  }

  @Override
  public String toString() {
    return "ConnectionTableConv2d("
        + in
        + ", "
        + out
        + ", "
        + kernel
        + "x"
        + kernel
        + ", "
        + places.size()
        + " connections)";
  }
}
