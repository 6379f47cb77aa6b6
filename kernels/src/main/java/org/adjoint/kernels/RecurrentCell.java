package org.adjoint.kernels;

/**
 * What a recurrent network does at each step with x, the input's part of the pre-activations
 * (W_ih·input + b_ih, of all gates side by side), and a = W_hh·h + b_hh, that of the state h
 * before. The order of the gates and the formulas are PyTorch's.
 */
public enum RecurrentCell {
  /** h′ = tanh(x + a) (Elman, 1990). */
  RNN_TANH("rnn_tanh", 1, 0, 1),

  /** h′ = max(x + a, 0) (Le, Jaitly and Hinton, 2015); the subgradient at 0 is 0. */
  RNN_RELU("rnn_relu", 1, 0, 1),

  /**
   * r = σ(x_r + a_r), z = σ(x_z + a_z), n = tanh(x_n + r·a_n), h′ = (1 − z)·n + z·h (Cho and
   * others, 2014, with the reset gate behind the product). Saved: r, z, n, a_n.
   */
  GRU("gru", 3, 4, 1),

  /**
   * i = σ(x_i + a_i), f = σ(x_f + a_f), g = tanh(x_g + a_g), o = σ(x_o + a_o), c′ = f·c + i·g, h′ =
   * o·tanh(c′) (Hochreiter and Schmidhuber, 1997; Gers and others, 2000). Saved: i, f, g, o, c′.
   */
  LSTM("lstm", 4, 5, 2);

  private final String label;
  private final int gates;
  private final int saved;
  private final int states;

  RecurrentCell(String label, int gates, int saved, int states) {
    this.label = label;
    this.gates = gates;
    this.saved = saved;
    this.states = states;
  }

  /** Returns the name of the operation, {@code gru}. */
  public String label() {
    return label;
  }

  /** Returns the number of gates: rows of W_hh for each unit. */
  public int gates() {
    return gates;
  }

  /** Returns how many numbers a unit keeps of each step for the gradient. */
  public int saved() {
    return saved;
  }

  /** Returns how many states are carried from step to step: h, and for the LSTM c. */
  public int states() {
    return states;
  }
}
