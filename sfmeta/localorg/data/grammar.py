"""The grammar of SOQL, for lark's LALR parser.

AND and OR do not mix without parentheses, and NOT stands only at the beginning of a condition: so the SOQL reference
(SELECT, conditionExpression), and orgs answer "unexpected token" (jetstreamapp/soql-parser-js#201).
"""

GRAMMAR = r"""
query: SELECT items FROM NAME [NAME] [scope] [where] [group] [having] [order] [LIMIT INT] [OFFSET INT] [purpose]
scope: USING SCOPE NAME
where: WHERE condition
group: GROUP BY operand ("," operand)*
having: HAVING condition
order: ORDER BY order_item ("," order_item)*
order_item: operand [ASC | DESC] [NULLS (FIRST | LAST)]
purpose: FOR (VIEW | REFERENCE | UPDATE) -> tolerated
       | ALL ROWS -> all_rows
items: item ("," item)*
item: path [NAME] -> plain
    | call [NAME] -> called
    | "(" query ")" -> child
    | TYPEOF NAME branch+ [ELSE paths] END -> typeof
branch: WHEN NAME THEN paths
paths: path ("," path)*
call: NAME "(" [operand] ")"
path: NAME ("." NAME)*
?operand: path | call
?condition: NOT simple -> negated
          | simple (AND simple)+ -> all_of
          | simple (OR simple)+ -> any_of
          | simple
?simple: "(" condition ")"
       | operand OPERATOR value -> comparison
       | operand LIKE STRING -> like
       | operand IN set -> within
       | operand NOT IN set -> not_within
       | operand (INCLUDES | EXCLUDES) set -> multipicklist
set: "(" value ("," value)* ")" -> listed
   | "(" query ")" -> selected
value: STRING -> string
     | DATETIME -> moment
     | DATE -> moment
     | INT -> number
     | DECIMAL -> number
     | TRUE -> yes
     | FALSE -> no
     | NULL -> null
     | NAME [":" INT] -> date_literal

SELECT.3: /select\b/i
FROM.3: /from\b/i
USING.3: /using\b/i
SCOPE.3: /scope\b/i
WHERE.3: /where\b/i
GROUP.3: /group\b/i
HAVING.3: /having\b/i
ORDER.3: /order\b/i
BY.3: /by\b/i
LIMIT.3: /limit\b/i
OFFSET.3: /offset\b/i
FOR.3: /for\b/i
VIEW.3: /view\b/i
REFERENCE.3: /reference\b/i
UPDATE.3: /update\b/i
ALL.3: /all\b/i
ROWS.3: /rows\b/i
ASC.3: /asc\b/i
DESC.3: /desc\b/i
NULLS.3: /nulls\b/i
FIRST.3: /first\b/i
LAST.3: /last\b/i
AND.3: /and\b/i
OR.3: /or\b/i
NOT.3: /not\b/i
IN.3: /in\b/i
LIKE.3: /like\b/i
INCLUDES.3: /includes\b/i
EXCLUDES.3: /excludes\b/i
TYPEOF.3: /typeof\b/i
WHEN.3: /when\b/i
THEN.3: /then\b/i
ELSE.3: /else\b/i
END.3: /end\b/i
TRUE.3: /true\b/i
FALSE.3: /false\b/i
NULL.3: /null\b/i
OPERATOR: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
STRING: /'(?:[^'\\]|\\.)*'/s
DATETIME.4: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/i
DATE.3: /\d{4}-\d\d-\d\d/
DECIMAL.2: /[+-]?\d+\.\d+/
INT.1: /[+-]?\d+/
NAME: /(?!(?:and|from|having|in|like|not|null|or|select|where|with)\b)[A-Za-z][A-Za-z0-9_]*/i
%ignore /\s+/
"""
