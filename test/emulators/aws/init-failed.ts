import { Metadata, status } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { RpcError } from "../../../toolchain/offline/grpc/serve.ts";
import { encode, type Properties } from "../../../toolchain/offline/grpc/values.ts";

/**
 * What the vendor's bridge answers when AWS took the change and then went back: an error that carries outputs as they were planned, which the
 * engine records. That is why the next update has nothing to send (pulumi/pulumi#21458, pulumi/pulumi-aws#6062).
 */
export class InitFailed extends RpcError {
  override readonly metadata = new Metadata();

  constructor(id: string, outputs: Properties, problem: string) {
    super(status.UNKNOWN, problem);
    const detail = new messages.ErrorResourceInitFailed()
      .setId(id)
      .setProperties(encode(outputs))
      .setReasonsList([problem]);
    const packed = new any.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const said = new statuses.Status().setCode(status.UNKNOWN).setMessage(problem);
    said.addDetails(packed);
    this.metadata.add("grpc-status-details-bin", Buffer.from(said.serializeBinary()));
  }
}
