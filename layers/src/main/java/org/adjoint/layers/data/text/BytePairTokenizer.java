package org.adjoint.layers.data.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.adjoint.layers.data.DataException;
import org.adjoint.layers.data.DataFile;
import org.adjoint.layers.io.AtomicFile;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of words by byte-pair encoding (Sennrich, Haddow and Birch, 2016): a word is its
 * characters and an end mark; the most frequent pair of neighbours in a text becomes one piece,
 * again and again. Rare words are then spelt from pieces, and only unknown characters are unknown.
 * Words are split at blanks, which decoding gives back as single ones.
 */
public final class BytePairTokenizer implements Tokenizer {
  /** Behind the last character of a word: what no word can hold. */
  private static final String END = " ";

  /** What people and files see of it. */
  private static final String MARK = "</w>";

  /** Two neighbours; of equally frequent pairs the first in alphabetical order is joined. */
  private record Pair(String left, String right) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int c = left.compareTo(other.left);
      return c != 0 ? c : right.compareTo(other.right);
    }
  }

  private final Map<Pair, Integer> ranks = new HashMap<>();
  private final List<Pair> merges;
  private final Vocabulary vocabulary;

  private BytePairTokenizer(Set<String> characters, List<Pair> merges) {
    this.merges = merges;
    LinkedHashSet<String> tokens = new LinkedHashSet<>(characters);
    for (Pair p : merges) {
      ranks.putIfAbsent(p, ranks.size());
      tokens.add(p.left() + p.right());
    }
    vocabulary = Vocabulary.of(tokens);
  }

  /**
   * Learns from a text.
   *
   * @param merges how many pairs to join, 0 or more; fewer if there are no more
   * @throws ArgumentException if it is negative
   */
  public static BytePairTokenizer learn(String text, int merges) {
    if (merges < 0) {
      throw new ArgumentException("byte_pair", "merges", merges, "it must be 0 or more");
    }
    Map<String, Integer> counts = new TreeMap<>();
    words(text).forEach(w -> counts.merge(w, 1, Integer::sum));
    Learner learner = new Learner(counts);
    List<Pair> done = new ArrayList<>();
    Pair next = learner.best();
    while (done.size() < merges && next != null) {
      learner.join(next);
      done.add(next);
      next = learner.best();
    }
    return new BytePairTokenizer(characters(counts.keySet()), done);
  }

  private static List<String> words(String text) {
    String stripped = text.strip();
    return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+"));
  }

  /** Each character inside a word and at its end, in order. */
  private static Set<String> characters(Set<String> words) {
    LinkedHashSet<String> all = new LinkedHashSet<>();
    words.stream()
        .flatMapToInt(String::codePoints)
        .distinct()
        .sorted()
        .mapToObj(Character::toString)
        .forEach(
            c -> {
              all.add(c);
              all.add(c + END);
            });
    return all;
  }

  private static List<String> spelt(String word) {
    List<String> pieces = new ArrayList<>(word.codePoints().mapToObj(Character::toString).toList());
    pieces.set(pieces.size() - 1, pieces.getLast() + END);
    return pieces;
  }

  /** Joins a pair wherever it stands, from left to right. */
  private static List<String> joined(List<String> pieces, Pair pair) {
    List<String> out = new ArrayList<>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      boolean here =
          i + 1 < pieces.size()
              && pieces.get(i).equals(pair.left())
              && pieces.get(i + 1).equals(pair.right());
      out.add(here ? pair.left() + pair.right() : pieces.get(i));
      i += here ? 1 : 0;
    }
    return out;
  }

  /** Pair counts that are kept up to date: a merge touches only the words that hold the pair. */
  private static final class Learner {
    private final List<List<String>> words = new ArrayList<>();
    private final List<Integer> counts = new ArrayList<>();
    private final Map<Pair, Integer> pairs = new HashMap<>();
    private final Map<Pair, Set<Integer>> places = new HashMap<>();

    Learner(Map<String, Integer> frequencies) {
      frequencies.forEach(
          (word, count) -> {
            words.add(spelt(word));
            counts.add(count);
            count(words.size() - 1, 1);
          });
    }

    /** Adds a word's pairs, or takes them away. */
    private void count(int word, int sign) {
      List<String> w = words.get(word);
      for (int i = 0; i + 1 < w.size(); i++) {
        Pair pair = new Pair(w.get(i), w.get(i + 1));
        int now = pairs.merge(pair, sign * counts.get(word), Integer::sum);
        if (now == 0) {
          pairs.remove(pair);
        }
        if (sign > 0) {
          places.computeIfAbsent(pair, k -> new HashSet<>()).add(word);
        }
      }
    }

    @Nullable Pair best() {
      Pair best = null;
      int most = 0;
      for (Map.Entry<Pair, Integer> e : pairs.entrySet()) {
        int n = e.getValue();
        if (best == null || n > most || (n == most && e.getKey().compareTo(best) < 0)) {
          best = e.getKey();
          most = n;
        }
      }
      return best;
    }

    void join(Pair pair) {
      Set<Integer> touched = places.getOrDefault(pair, Set.of());
      places.remove(pair);
      for (int word : touched) {
        count(word, -1);
        words.set(word, joined(words.get(word), pair));
        count(word, 1);
      }
    }
  }

  /** Returns the pieces of a text; the last of each word ends with the mark {@code </w>}. */
  public List<String> pieces(String text) {
    return tokens(text)
        .map(t -> t.endsWith(END) ? t.substring(0, t.length() - 1) + MARK : t)
        .toList();
  }

  private Stream<String> tokens(String text) {
    return words(text).stream().flatMap(word -> split(word).stream());
  }

  private List<String> split(String word) {
    List<String> pieces = spelt(word);
    while (true) {
      Pair first = null;
      int rank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < pieces.size(); i++) {
        Pair pair = new Pair(pieces.get(i), pieces.get(i + 1));
        Integer r = ranks.get(pair);
        if (r != null && r < rank) {
          rank = r;
          first = pair;
        }
      }
      if (first == null) {
        return pieces;
      }
      pieces = joined(pieces, first);
    }
  }

  @Override
  public int[] encode(String text) {
    return tokens(text).mapToInt(vocabulary::number).toArray();
  }

  @Override
  public String decode(int... tokens) {
    String text = Arrays.stream(tokens).mapToObj(vocabulary::token).collect(Collectors.joining());
    return text.endsWith(END) ? text.substring(0, text.length() - 1) : text;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /**
   * Writes the characters on the first line and a pair on each further one, in order. Backslashes
   * stand before backslashes of the text, and before what only looks like an end mark.
   */
  public void save(Path file) {
    String characters =
        vocabulary.tokens().stream()
            .filter(t -> t.codePointCount(0, t.length()) == 1)
            .collect(Collectors.joining());
    String pairs =
        merges.stream()
            .map(p -> written(p.left()) + " " + written(p.right()) + "\n")
            .collect(Collectors.joining());
    AtomicFile.write(file, characters + "\n" + pairs);
  }

  private static String written(String piece) {
    String text = piece.endsWith(END) ? piece.substring(0, piece.length() - 1) : piece;
    String escaped = text.replace("\\", "\\\\").replace(MARK, "\\" + MARK);
    return piece.endsWith(END) ? escaped + MARK : escaped;
  }

  private static String read(String written) {
    StringBuilder piece = new StringBuilder();
    for (int i = 0; i < written.length(); i++) {
      if (written.startsWith(MARK, i) && i + MARK.length() == written.length()) {
        return piece.append(END).toString();
      }
      boolean escapes = written.charAt(i) == '\\' && i + 1 < written.length();
      piece.append(written.charAt(escapes ? ++i : i));
    }
    return piece.toString();
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws DataException if the file is missing or a line is no pair
   */
  public static BytePairTokenizer load(Path file) {
    List<String> lines = DataFile.lines(file);
    if (lines.isEmpty()) {
      throw new DataException(
          "byte_pair", file.toString(), "empty", "the first line holds the characters");
    }
    List<Pair> merges = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] two = lines.get(i).split(" ", -1);
      if (two.length != 2 || two[0].isEmpty() || two[1].isEmpty()) {
        throw new DataException(
            "byte_pair",
            file + ", line " + (i + 1),
            "\"" + lines.get(i) + "\"",
            "a line holds two pieces with a blank between them");
      }
      merges.add(new Pair(read(two[0]), read(two[1])));
    }
    return new BytePairTokenizer(characters(Set.of(lines.get(0))), merges);
  }
}
