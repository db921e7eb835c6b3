// SPDX-License-Identifier: Apache-2.0
// What every page is put together from.
export { Avatar } from "./Avatar";
export { Badge, type Tone } from "./Badge";
export { Button, buttonClass, IconButton, type ButtonLook } from "./Button";
export { cx } from "./cx";
export { DateTime } from "./DateTime";
export { Dialog } from "./Dialog";
export { Checkbox, Field, Input, Select, Switch, TextArea } from "./Field";
export { FormDialog } from "./FormDialog";
export { ChannelIcon } from "./icons";
export { Kbd, Keys } from "./Kbd";
export { Menu, MenuCheck, MenuChoice, MenuItem, MenuLabel, MenuLine, Popover } from "./Menu";
export { explain, explainDeed, Failure, Loading, Nothing, Shape } from "./states";
export { Table, type Column } from "./Table";
export { Tabs } from "./Tabs";
export { Tip, TipProvider } from "./Tip";
export { toast, Toasts } from "./Toast";
export { useNow } from "./useNow";
export { useRowKeys } from "./useRowKeys";
export { VirtualList } from "./VirtualList";
