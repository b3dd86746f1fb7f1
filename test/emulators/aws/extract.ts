import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { awsTypes } from "../../../lib/aws/inputs.ts";
import type { Extract, FieldType, Shape } from "./extracted.ts";

/**
 * Takes what `@pulumi/aws` declares of the types in use out of its declarations: `node test/emulators/aws/extract.ts <folder of the package>`,
 * after `npm install @pulumi/aws@<version>` anywhere else. Done again when `awsPlugin` names another version.
 */

const folder = process.argv[2];
if (folder === undefined) throw new Error("say where @pulumi/aws lies");
const parse = (file: string) =>
  ts.createSourceFile(file, readFileSync(join(folder, file), "utf8"), ts.ScriptTarget.Latest, true);
const nested = parse("types/input.d.ts");

/** The interface of that path of namespaces: `ec2.InstanceMetadataOptions`. */
function nestedShape(path: readonly string[]): Shape {
  let statements: readonly ts.Statement[] = nested.statements;
  for (const space of path.slice(0, -1)) {
    statements = statements.flatMap((each) =>
      ts.isModuleDeclaration(each) && each.name.text === space && each.body && ts.isModuleBlock(each.body)
        ? each.body.statements
        : [],
    );
  }
  const found = statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === path.at(-1));
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`${path.join(".")} is not there`);
  return shapeOf(found);
}

function shapeOf({ members }: ts.InterfaceDeclaration): Shape {
  const fields = members.filter(ts.isPropertySignature).map((member) => {
    if (member.type === undefined) throw new Error(`${member.name.getText()} has no type`);
    return { name: member.name.getText(), type: typeOf(member.type), isNeeded: member.questionToken === undefined };
  });
  return {
    fields: Object.fromEntries(fields.map(({ name, type }) => [name, type])),
    needed: fields.filter(({ isNeeded }) => isNeeded).map(({ name }) => name),
  };
}

function typeOf(node: ts.TypeNode): FieldType {
  if (ts.isUnionTypeNode(node)) {
    // A resource may stand for its name, and a name of an enumeration is a text.
    const texts = node.types.filter((each) => each.kind === ts.SyntaxKind.StringKeyword);
    const [only] = texts.length > 0 ? texts : node.types.filter((each) => each.kind !== ts.SyntaxKind.UndefinedKeyword);
    if (only === undefined) throw new Error(node.getText());
    return typeOf(only);
  }
  if (ts.isArrayTypeNode(node)) return { list: typeOf(node.elementType) };
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    if (index === undefined) throw new Error(node.getText());
    return { map: typeOf(index.type) };
  }
  if (ts.isTypeReferenceNode(node)) {
    const path = node.typeName.getText().split(".");
    const [inner] = node.typeArguments ?? [];
    if (path.join(".") === "pulumi.Input" && inner !== undefined) return typeOf(inner);
    if (path[0] === "inputs") return nestedShape(path.slice(1));
    return "string";
  }
  const plain = node.getText();
  if (plain === "string" || plain === "number" || plain === "boolean") return plain;
  throw new Error(plain);
}

const extracted = Object.values(awsTypes).map((type): [string, Extract] => {
  const path = type.split(":")[1] ?? "";
  const source = parse(`${path}.d.ts`);
  const name = type.split(":")[2] ?? "";
  const args = source.statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === `${name}Args`);
  const resource = source.statements.find((each) => ts.isClassDeclaration(each) && each.name?.text === name);
  if (!args || !ts.isInterfaceDeclaration(args) || !resource || !ts.isClassDeclaration(resource)) throw new Error(type);
  const outputs = resource.members.filter(ts.isPropertyDeclaration).map((each) => each.name.getText());
  return [type, { ...shapeOf(args), outputs: outputs.filter((each) => !each.startsWith("__")).sort() }];
});
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
const text = JSON.stringify({ version, types: Object.fromEntries(extracted) }, undefined, 2);
writeFileSync(new URL("inputs.json", import.meta.url), `${text}\n`);
