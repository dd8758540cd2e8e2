import { Message } from "@mail/core/common/message";
import { MessageTracking } from "@mail_tracking/components/message_tracking/message_tracking";

Object.assign(Message.components, { MessageTracking });
