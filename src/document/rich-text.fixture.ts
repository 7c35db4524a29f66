/** An RTF document with what such have: for tests. */

/** What stands behind the head. */
export const RICH_TEXT_BODY: string =
  String.raw`{\fonttbl{\f0 Times;}}{\stylesheet{\s0 Normal;}{\s1\b heading 1;}}{\info{\title A title}{\author Ann}` +
  String.raw`{\keywords k, l}{\revtim\yr2023\mo5\dy6\hr7\min8}}{\header Never read}` +
  String.raw`\pard\s1 First\par\pard\outlinelevel1 Second\par\pard Some {\b bold} text\line here, ` +
  String.raw`{\field{\*\fldinst{HYPERLINK "to/there"}}{\fldrslt there}}.\par` +
  String.raw`{\listtext\bullet}\ls1 An item\par\pard\trowd\intbl A\cell B\cell\row\intbl 1\cell 2\cell\row\pard After{\v hidden}\par`;
