package org.adjoint.layers.data.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.layers.data.DataException;
import org.adjoint.layers.data.DataFile;

/**
 * Annotated sentences in the CoNLL-U format of Universal Dependencies (Nivre et al., 2016).
 *
 * @param sentences in order
 */
public record Conllu(List<Sentence> sentences) {
  private static final int FIELDS = 10;

  /** Copies the list. */
  public Conllu {
    sentences = List.copyOf(sentences);
  }

  /**
   * A line of the file: a word, or a multi-word token (id {@code 3-4}), or an empty node ({@code
   * 3.1}). A field that is {@code _} is there as it is.
   */
  public record Token(
      String id,
      String form,
      String lemma,
      String upos,
      String xpos,
      String feats,
      String head,
      String deprel,
      String deps,
      String misc) {
    /** Returns whether it is a word of the sentence, with a whole number as id. */
    public boolean isWord() {
      return id.chars().allMatch(c -> c >= '0' && c <= '9');
    }
  }

  /**
   * A sentence.
   *
   * @param comments its comment lines without the {@code #}
   * @param tokens all lines
   */
  public record Sentence(List<String> comments, List<Token> tokens) {
    /** Copies the lists. */
    public Sentence {
      comments = List.copyOf(comments);
      tokens = List.copyOf(tokens);
    }

    /** Returns the words alone. */
    public List<Token> words() {
      return tokens.stream().filter(Token::isWord).toList();
    }
  }

  /**
   * Reads a file.
   *
   * @throws DataException if it is missing or unreadable, or a line breaks a rule of the format
   */
  public static Conllu read(Path file) {
    List<Sentence> sentences = new ArrayList<>();
    List<String> comments = new ArrayList<>();
    List<Token> tokens = new ArrayList<>();
    List<String> lines = DataFile.lines(file);
    int words = 0;
    for (int i = 0; i <= lines.size(); i++) {
      String line = i < lines.size() ? lines.get(i) : "";
      if (line.isBlank()) {
        if (!tokens.isEmpty()) {
          sentences.add(new Sentence(comments, tokens));
        }
        comments.clear();
        tokens.clear();
        words = 0;
      } else if (line.startsWith("#")) {
        comments.add(line.substring(1).strip());
      } else {
        Token t = token(file, i + 1, line);
        if (t.isWord()) {
          words++;
          if (!t.id().equals(String.valueOf(words))) {
            throw wrong(file, i + 1, "id " + t.id(), "word " + words + " comes next");
          }
        } else if (!t.id().matches("\\d+[-.]\\d+")) {
          throw wrong(file, i + 1, "id " + t.id(), "ids are 3, 3-4 or 3.1");
        }
        tokens.add(t);
      }
    }
    return new Conllu(sentences);
  }

  private static DataException wrong(Path file, int line, String found, String remedy) {
    return new DataException("conllu", file + ", line " + line, found, remedy);
  }

  private static Token token(Path file, int number, String line) {
    String[] f = line.split("\t", -1);
    if (f.length != FIELDS) {
      throw wrong(file, number, f.length + " fields long", "ten are separated by tabs");
    }
    for (int k = 0; k < FIELDS; k++) {
      if (f[k].isEmpty()) {
        throw wrong(file, number, "empty in field " + (k + 1), "write _ for what is not there");
      }
    }
    return new Token(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]);
  }
}
