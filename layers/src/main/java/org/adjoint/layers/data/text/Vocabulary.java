package org.adjoint.layers.data.text;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.adjoint.layers.data.DataException;
import org.adjoint.layers.data.DataFile;
import org.adjoint.layers.io.AtomicFile;
import org.adjoint.tensor.ArgumentException;

/**
 * Tokens by number. Number {@value #PADDING} is padding, {@value #UNKNOWN} whatever is unknown,
 * {@value #BEGIN} and {@value #END} are marks that a program may put around sequences.
 */
public final class Vocabulary {
  /** Fills sequences up. */
  public static final int PADDING = 0;

  /** Stands for what is not in the vocabulary. */
  public static final int UNKNOWN = 1;

  /** Marks a beginning. */
  public static final int BEGIN = 2;

  /** Marks an end. */
  public static final int END = 3;

  private static final List<String> MARKS = List.of("<pad>", "<unk>", "<s>", "</s>");

  private final List<String> tokens;
  private final Map<String, Integer> numbers = new HashMap<>();

  private Vocabulary(Collection<String> all) {
    tokens = List.copyOf(all);
    for (int i = 0; i < tokens.size(); i++) {
      numbers.put(tokens.get(i), i);
    }
  }

  /** Returns the vocabulary of the four marks and these tokens, in their order, each once. */
  public static Vocabulary of(Collection<String> tokens) {
    LinkedHashSet<String> all = new LinkedHashSet<>(MARKS);
    all.addAll(tokens);
    return new Vocabulary(all);
  }

  /** Returns the number of tokens. */
  public int size() {
    return tokens.size();
  }

  /** Returns a token's number, {@link #UNKNOWN} if it has none. */
  public int number(String token) {
    return numbers.getOrDefault(token, UNKNOWN);
  }

  /**
   * Returns the token of a number.
   *
   * @throws ArgumentException if there is none
   */
  public String token(int number) {
    if (number < 0 || number >= tokens.size()) {
      throw new ArgumentException(
          "vocabulary", "number", number, "tokens go from 0 to " + (tokens.size() - 1));
    }
    return tokens.get(number);
  }

  /** Returns all tokens, the marks first. */
  public List<String> tokens() {
    return tokens;
  }

  /** Writes a token a line; line ends and backslashes in tokens are escaped. */
  public void save(Path file) {
    AtomicFile.write(
        file,
        tokens.stream()
            .map(t -> t.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r") + "\n")
            .collect(Collectors.joining()));
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws DataException if the file is missing, or a line is no token or there twice
   */
  public static Vocabulary load(Path file) {
    LinkedHashSet<String> all = new LinkedHashSet<>();
    for (String line : DataFile.lines(file)) {
      StringBuilder token = new StringBuilder();
      for (int i = 0; i < line.length(); i++) {
        char c = line.charAt(i);
        if (c == '\\') {
          char e = ++i < line.length() ? line.charAt(i) : 0;
          c = e == 'n' ? '\n' : e == 'r' ? '\r' : e;
        }
        token.append(c);
      }
      if (!all.add(token.toString())) {
        throw new DataException(
            "vocabulary",
            file + ", line " + (all.size() + 1),
            "\"" + line + "\" for the second time",
            "each token stands once");
      }
    }
    if (!List.copyOf(all).subList(0, Math.min(MARKS.size(), all.size())).equals(MARKS)) {
      throw new DataException(
          "vocabulary", file.toString(), "without the marks " + MARKS, "they are the first lines");
    }
    return new Vocabulary(all);
  }
}
