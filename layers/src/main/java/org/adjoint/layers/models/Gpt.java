package org.adjoint.layers.models;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.Activation;
import org.adjoint.layers.AttentionMask;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.KeyValueCache;
import org.adjoint.layers.Layer;
import org.adjoint.layers.LayerNorm;
import org.adjoint.layers.LearnedPositions;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.layers.TransformerEncoderLayer;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/**
 * A language model of causal transformer blocks (Radford et al., 2019): tokens and positions are
 * vectors that are added; blocks with the norm first and tanh-GELU; a last norm; a linear layer to
 * the vocabulary.
 *
 * <p><b>Shapes</b> int32 tokens [batch, tokens] → logits of the next token [batch, tokens,
 * vocabulary].
 */
public final class Gpt extends Layer {
  private final Embedding tokens;
  private final LearnedPositions positions;
  private final List<TransformerEncoderLayer> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;
  private final int length;

  /**
   * Creates the model.
   *
   * @param setup how to make the parameters
   * @param vocabulary how many tokens there are
   * @param length most tokens of a sequence
   * @param width features of a token
   * @param heads of a block; divides the width
   * @param depth how many blocks
   * @param dropout in the blocks
   * @throws ArgumentException if a number is out of range
   */
  public Gpt(
      Setup setup, int vocabulary, int length, int width, int heads, int depth, double dropout) {
    if (depth < 1) {
      throw new ArgumentException("gpt", "depth", depth, "it must be at least 1");
    }
    this.length = length;
    tokens = child("tokens", new Embedding(setup, vocabulary, width));
    positions = child("positions", new LearnedPositions(setup, length, width));
    for (int i = 0; i < depth; i++) {
      TransformerEncoderLayer block =
          new TransformerEncoderLayer(
              setup, width, heads, 4 * width, dropout, Activation.geluTanh(), true);
      blocks.add(child("block" + i, block));
    }
    norm = child("norm", new LayerNorm(setup, width));
    head = child("head", new Linear(setup, width, vocabulary));
  }

  @Override
  public Variable forward(Variable x) {
    Variable h = positions.forward(tokens.forward(x));
    for (TransformerEncoderLayer block : blocks) {
      h = block.forward(h, AttentionMask.CAUSAL);
    }
    return head.forward(norm.forward(h));
  }

  /**
   * Returns the logits after tokens that follow those in the caches, to which they are added.
   *
   * @param next int32 [batch, more tokens]
   * @param caches as {@link #caches} made them
   */
  public Variable forward(Tensor next, List<KeyValueCache> caches) {
    Variable h = positions.forward(tokens.forward(next), caches.get(0).length());
    for (int i = 0; i < blocks.size(); i++) {
      h = blocks.get(i).forward(h, caches.get(i));
    }
    return head.forward(norm.forward(h));
  }

  /** Returns an empty cache for each block. */
  public List<KeyValueCache> caches(int batch) {
    return blocks.stream().map(b -> b.cache(batch, length)).toList();
  }

  @Override
  public String toString() {
    return "Gpt(" + blocks.size() + " blocks)";
  }
}
